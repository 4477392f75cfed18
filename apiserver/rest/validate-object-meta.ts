import { required, type FieldError } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';

export function validateObjectMeta(_row: ResourceRow, { metadata }: AnyObject): FieldError[] {
  if (!metadata.name) return [required('metadata.name', 'name or generateName is required')];
  return [];
}

export function validateObjectMetaUpdate(_row: ResourceRow, _next: AnyObject, _old: AnyObject): FieldError[] {
  return [];
}
