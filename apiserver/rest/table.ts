import { badRequest } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { Column, ResourceRow, RowCondition } from '../../api/resources/define-resource.ts';
import type { ListMeta } from '../../api/schema/generated/meta-v1.ts';
import type { Negotiated } from './negotiation.ts';
import { partialMetadataOf } from './partial-metadata.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

/** What a resource shows that says nothing about its columns. */
const defaultColumns: readonly Column<AnyObject>[] = [
  { name: 'Name', type: 'string', format: 'name', cell: (object) => object.metadata.name ?? '' },
  { name: 'Created At', type: 'date', cell: (object) => object.metadata.creationTimestamp ?? '<unknown>' },
];

/** The columns of the kind, or those of kinds that have none of their own. */
export function columnsOf(row: ResourceRow): readonly Column<AnyObject>[] {
  return row.columns.length ? (row.columns as unknown as readonly Column<AnyObject>[]) : defaultColumns;
}

const includes = ['None', 'Metadata', 'Object'] as const;
type Include = (typeof includes)[number];

/** `includeObject` of the query. @throws ApiError BadRequest */
export function includeObjectOf(query: URLSearchParams): Include {
  const text = query.get('includeObject');
  if (!text) return 'Metadata';
  if (!(includes as readonly string[]).includes(text))
    throw badRequest(`unrecognized includeObject value: ${JSON.stringify(text)}`);
  return text as Include;
}

/** A `meta.k8s.io` Table of the objects, one row each. */
export function tableOf(
  deps: Pick<RestDeps, 'clock'>,
  request: RestRequest,
  objects: readonly AnyObject[],
  form: Negotiated,
  listMeta: ListMeta | string | undefined,
  withDefinitions = true,
): Record<string, unknown> {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${form.metaVersion}`,
    metadata: typeof listMeta === 'object' ? listMeta : listMeta ? { resourceVersion: listMeta } : {},
    columnDefinitions: withDefinitions ? columnsOf(request.row).map(definitionOf) : null,
    rows: objects.map(rowMaker(deps, request, form)),
  };
}

/** What makes the row of an object in a Table. @throws ApiError BadRequest */
export function rowMaker(
  deps: Pick<RestDeps, 'clock'>,
  request: RestRequest,
  form: Negotiated,
): (object: AnyObject) => Record<string, unknown> {
  const columns = columnsOf(request.row);
  const include = includeObjectOf(request.http.query);
  const nowMs = deps.clock.now();
  return (object) => ({
    cells: columns.map((column) => column.cell(object, nowMs)),
    ...conditionsOf(request.row, object),
    object: include === 'None' ? null : include === 'Object' ? object : metadataOf(request.row, object, form),
  });
}

/** The metadata of the stored form: what a version keeps in annotations for want of a field is not among it. */
export function metadataOf(row: ResourceRow, object: AnyObject, form: Negotiated): AnyObject {
  const stored = row.storedAs ? (row.storedAs.toStored(object) as AnyObject) : object;
  return partialMetadataOf(stored, form.metaVersion);
}

function conditionsOf(row: ResourceRow, object: AnyObject): { conditions?: readonly RowCondition[] } {
  const conditions = row.rowConditions?.(object);
  return conditions?.length ? { conditions } : {};
}

function definitionOf(column: Column<AnyObject>): Record<string, unknown> {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? '',
    description: column.description ?? '',
    priority: column.priority ?? 0,
  };
}
