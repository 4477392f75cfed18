import { badRequest } from '../../api/meta/errors.ts';
import type { ListMeta } from '../../api/schema/generated/meta-v1.ts';
import type { ApiResponse } from '../request.ts';
import type { CacheEntry } from '../storage/cache-entry.ts';
import { CompactedError, FutureRevisionError } from '../storage/storage.ts';
import { listResponse } from './list-encoder.ts';
import { decodeContinue, encodeContinue, tooOldToContinue, tooOldToList } from './continue-token.ts';
import { listQueryOf, parseResourceVersion, type ListQuery } from './list-options.ts';
import type { Negotiated } from './negotiation.ts';
import { protobufListResponse } from './protobuf-list.ts';
import { awaitRevision, tooLarge } from './resource-version.ts';
import { storedRow } from './resource-index.ts';
import { negotiateList } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { selectEntries } from './select-entries.ts';
import { selectedPrefix } from './selection.ts';
import { viewListResponse } from './view-list.ts';

/** GET of a collection, or of a page of it, in the form that the client accepts. */
export async function handleList(deps: RestDeps, request: RestRequest): Promise<ApiResponse> {
  const form = negotiateList(deps, request);
  return listedResponse(deps, request, form, await listEntries(deps, request, listQueryOf(request, false)));
}

/** What was listed, in the form that was negotiated for a list. */
export function listedResponse(
  deps: RestDeps,
  request: RestRequest,
  form: Negotiated,
  { entries, meta }: ListedEntries,
): ApiResponse | Promise<ApiResponse> {
  if (form.as === 'Object' && form.format === 'json' && !form.pretty && !request.row.storedAs)
    return listResponse(deps, request.row, entries, meta);
  if (form.format === 'protobuf') return protobufListResponse(deps, request, form, entries, meta);
  return viewListResponse(deps, request, form, { entries, meta });
}

export interface ListedEntries {
  readonly entries: readonly CacheEntry[];
  readonly meta: ListMeta;
}

/** The objects a list is about, as of one revision. @throws ApiError Expired, Timeout */
export async function listEntries(deps: RestDeps, request: RestRequest, query: ListQuery): Promise<ListedEntries> {
  const { cache } = deps.objects;
  const stored = storedRow(request.row);
  const prefix = deps.objects.prefixOf(stored, request.namespace);
  let startKey: string | undefined;
  let exactRevision = 0;
  // An old promise of the API: a limited list at a revision is a list of just that revision.
  const isExact =
    query.resourceVersionMatch === 'Exact' ||
    (query.resourceVersionMatch === '' && query.limit > 0 && !['', '0'].includes(query.resourceVersion));
  if (query.continueToken) {
    const continuation = decodeContinue(prefix, query.continueToken);
    if (query.resourceVersion !== '' && query.resourceVersion !== '0')
      throw badRequest('specifying resource version is not allowed when using continue');
    startKey = continuation.startKey;
    if (continuation.revision > 0) exactRevision = continuation.revision;
    else await awaitRevision(deps, '', request.http.signal);
  } else if (isExact) {
    exactRevision = parseListVersion(query.resourceVersion) ?? 0;
  } else {
    parseListVersion(query.resourceVersion);
    await awaitRevision(deps, query.resourceVersion, request.http.signal);
  }
  if (exactRevision) return listExact(deps, request, query, prefix, startKey, exactRevision);
  // Upstream answers resourceVersion=0 whole, whatever the limit.
  const limit = query.resourceVersion === '0' ? 0 : query.limit;
  const revision = cache.revision;
  if (limit && query.selection.isEverything) {
    const entries = cache.list(prefix, { startKey, limit });
    const remaining = cache.count(prefix, { startKey }) - entries.length;
    return { entries, meta: pageMeta(prefix, revision, entries.at(-1)?.key, remaining) };
  }
  const { selection } = query;
  const all = cache.list(selectedPrefix(deps.objects, request, selection), { startKey, where: selection.terms });
  return pageOf(all, query, limit, prefix, revision);
}

/** @throws ApiError BadRequest, which lists answer where others answer 500 */
function parseListVersion(text: string): number | undefined {
  try {
    return parseResourceVersion(text);
  } catch (error) {
    throw badRequest(`invalid resource version: ${(error as Error).message}`);
  }
}

async function pageOf(
  all: readonly CacheEntry[],
  query: ListQuery,
  limit: number,
  prefix: string,
  revision: number,
): Promise<ListedEntries> {
  const { entries, seen } = await selectEntries(all, query.selection, limit || undefined);
  const isWhole = seen >= all.length;
  const meta = isWhole ? { resourceVersion: String(revision) } : pageMeta(prefix, revision, all[seen - 1]!.key);
  return { entries, meta };
}

/** Of a page that ends with a key. How much remains is told where it is known; nothing remaining ends the list. */
function pageMeta(prefix: string, revision: number, lastKey: string | undefined, remaining?: number): ListMeta {
  const resourceVersion = String(revision);
  if (remaining === 0 || lastKey === undefined) return { resourceVersion };
  return {
    resourceVersion,
    continue: encodeContinue(prefix, { revision, startKey: `${lastKey}\0` }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

/** The state as it was. */
async function listExact(
  deps: RestDeps,
  request: RestRequest,
  query: ListQuery,
  prefix: string,
  startKey: string | undefined,
  revision: number,
): Promise<ListedEntries> {
  try {
    return await pagesOf(deps, request, query, prefix, startKey, revision);
  } catch (error) {
    if (error instanceof CompactedError) {
      throw startKey === undefined ? tooOldToList() : tooOldToContinue(prefix, startKey);
    }
    if (error instanceof FutureRevisionError) throw tooLarge(revision, deps.objects.cache.revision);
    throw error;
  }
}

/** Keys read at once where a selector decides how many are needed. */
const pageKeys = 500;

async function pagesOf(
  deps: RestDeps,
  request: RestRequest,
  { selection, limit }: ListQuery,
  prefix: string,
  startKey: string | undefined,
  revision: number,
): Promise<ListedEntries> {
  const entries: CacheEntry[] = [];
  const resourceVersion = String(revision);
  for (let from = startKey; ;) {
    const pageLimit = limit === 0 ? undefined : selection.isEverything ? limit : pageKeys;
    const page = await deps.objects.snapshot(
      prefix,
      { startKey: from, limit: pageLimit, revision },
      request.http.signal,
    );
    for (const [position, entry] of page.entries.entries()) {
      if (selection.isEverything || selection.matches(entry.digest)) entries.push(entry);
      from = `${entry.key}\0`;
      const left = page.count - position - 1;
      if (limit === 0 || entries.length < limit || left === 0) continue;
      const meta = pageMeta(prefix, revision, entry.key, selection.isEverything ? left : undefined);
      return { entries, meta };
    }
    if (!page.more) return { entries, meta: { resourceVersion } };
  }
}
