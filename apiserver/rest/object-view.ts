import type { FieldError } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { BodyType } from './read-body.ts';
import type { RestRequest } from './rest-request.ts';

/** An object seen as another kind (a Scale): what clients read and write of it at a subresource. */
export interface ObjectView {
  readonly type: BodyType;
  /** Of a table of such views. */
  readonly columns: ResourceRow['columns'];
  /** The view of an object, as clients read it; shares nothing that the caller may not change. */
  show(object: AnyObject): AnyObject;
  /** As `show`, with the managedFields that concern the view. */
  showManaged(object: AnyObject): AnyObject;
  /** Brings what a view says, and its managedFields, into the object it is of; changes `object`. */
  take(view: AnyObject, object: AnyObject): void;
  validate(view: AnyObject): FieldError[];
}

/** The request as one for the view: an answer that is a table has its columns. */
export function requestForView(request: RestRequest, { columns }: ObjectView): RestRequest {
  return { ...request, row: { ...request.row, columns, rowConditions: undefined } };
}
