import { hasReason } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import type { ApiResponse } from '../request.ts';
import { deleteObject } from './delete-object.ts';
import { deleteOptionsOf } from './delete-options.ts';
import { listResponse } from './list-encoder.ts';
import { listEntries } from './list.ts';
import { protobufListResponse } from './protobuf-list.ts';
import { listQueryOf } from './list-options.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { negotiateList, respondValue, viewOf } from './respond.ts';

/** As many deletes at a time. */
const workers = 8;

/** Deletes every object the query chooses; those that others delete meanwhile are no error. Answers what was chosen. */
export async function handleDeleteCollection(deps: RestDeps, request: RestRequest): Promise<ApiResponse> {
  const form = negotiateList(deps, request);
  const query = listQueryOf(request, false);
  const options = await deleteOptionsOf(deps, request);
  const { entries, meta } = await listEntries(deps, request, query);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let entry = entries[next++]; entry; entry = entries[next++]) {
      const { namespace, name } = entry.digest;
      try {
        await deleteObject(deps, request, { namespace, name }, options);
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(workers, entries.length) }, work));
  if (form.format === 'json' && !form.pretty && !request.row.storedAs)
    return listResponse(deps, request.row, entries, meta);
  if (form.format === 'protobuf') return protobufListResponse(deps, request, form, entries, meta);
  return respondValue(deps, form, {
    kind: `${request.row.kind}List`,
    apiVersion: apiVersionOf(request.row),
    metadata: meta,
    items: entries.map((entry) => {
      const { kind: _kind, apiVersion: _apiVersion, ...item } = viewOf(request, entry.object() as AnyObject);
      return item;
    }),
  });
}
