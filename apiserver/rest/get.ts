import { notFound } from '../../api/meta/errors.ts';
import type { ApiResponse } from '../request.ts';
import type { CacheEntry } from '../storage/cache-entry.ts';
import { awaitRevision } from './resource-version.ts';
import { storedRow } from './resource-index.ts';
import { negotiateObject, respondStored } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

/** GET of one object, in the form that the client accepts. */
export async function handleGet(deps: RestDeps, request: RestRequest): Promise<ApiResponse> {
  const form = negotiateObject(deps, request);
  const entry = await readEntry(deps, request);
  return respondStored(deps, request, form, { value: entry.value, revision: entry.modRevision, entry });
}

/** The object as of the revision the query asks for, from the cache. @throws ApiError NotFound */
export async function readEntry(deps: RestDeps, request: RestRequest): Promise<CacheEntry> {
  await awaitRevision(deps, request.http.query.get('resourceVersion') ?? '', request.http.signal);
  const entry = deps.objects.cached(storedRow(request.row), request);
  if (!entry) throw notFound(request.row, request.name);
  return entry;
}
