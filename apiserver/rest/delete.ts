import type { AnyObject } from '../../api/meta/object.ts';
import type { ApiResponse } from '../request.ts';
import { deleteObject } from './delete-object.ts';
import { deleteOptionsOf } from './delete-options.ts';
import type { UpdateOutcome } from './object-store.ts';
import { negotiateObject, respondStored, respondValue } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

export async function handleDelete(deps: RestDeps, request: RestRequest): Promise<ApiResponse> {
  const form = negotiateObject(request);
  const options = await deleteOptionsOf(deps, request);
  const outcome = await deleteObject(deps, request, request, options);
  const { row } = request;
  if (!outcome.deleted || row.returnsDeletedObject) return respondStored(deps, request, form, outcome, 200);
  return respondValue(form, successStatus(request, deps.objects.parse(asStoredValue(outcome))));
}

function asStoredValue({ value, revision }: UpdateOutcome): { value: Buffer; modRevision: number } {
  return { value, modRevision: revision };
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
