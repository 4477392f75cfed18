import type { AnyObject } from '../../api/meta/object.ts';
import type { ApiResponse } from '../request.ts';
import { deleteObject } from './delete-object.ts';
import { deleteOptionsOf } from './delete-options.ts';
import { negotiateObject, respondStored, respondValue } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

/** Answers the object where it stays for now, or where the resource always does; else that it is gone. */
export async function handleDelete(deps: RestDeps, request: RestRequest): Promise<ApiResponse> {
  const form = negotiateObject(deps, request);
  const options = await deleteOptionsOf(deps, request);
  const outcome = await deleteObject(deps, request, request, options);
  if (!outcome.deleted || request.row.returnsDeletedObject) return respondStored(deps, request, form, outcome);
  const object = deps.objects.parse({ value: outcome.value, modRevision: outcome.revision });
  return respondValue(deps, form, successStatus(request, object));
}

function successStatus({ row }: RestRequest, { metadata }: AnyObject): Record<string, unknown> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: metadata.name,
      ...(row.group ? { group: row.group } : {}),
      kind: row.plural,
      uid: metadata.uid,
    },
  };
}
