import { hasReason } from '../../api/meta/errors.ts';
import type { ApiResponse } from '../request.ts';
import { deleteObject } from './delete-object.ts';
import { deleteOptionsOf } from './delete-options.ts';
import { listEntries, listedResponse } from './list.ts';
import { listQueryOf } from './list-options.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { negotiateList } from './respond.ts';

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
  return listedResponse(deps, request, form, { entries, meta });
}
