import { ApiError } from '../../api/meta/errors.ts';
import type { RestDeps } from './rest-deps.ts';

const maxUint64 = (1n << 64n) - 1n;
/** How long a read waits for a revision that the cache has not seen. */
const maxWaitMs = 3000;

/** '' is undefined. @throws ApiError, a bare 500 as upstream answers, where the text is no number */
export function parseResourceVersion(text: string): number | undefined {
  if (text === '') return undefined;
  const why = /^\d+$/.test(text) ? (BigInt(text) > maxUint64 ? 'value out of range' : undefined) : 'invalid syntax';
  if (why === undefined) return Number(text);
  const quoted = JSON.stringify(text);
  throw new ApiError(
    'Unknown',
    `resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: ${why}`,
    { code: 500 },
  );
}

/**
 * Resolves once the cache may answer for `resourceVersion`: '' the newest there is, `0` whatever there is, else that one
 * or a later one.
 *
 * @throws ApiError Timeout where the revision does not come
 */
export async function awaitRevision(deps: RestDeps, resourceVersion: string, signal: AbortSignal): Promise<void> {
  const wanted = parseResourceVersion(resourceVersion);
  const { cache } = deps.objects;
  if (wanted === 0) return;
  // One read for all who wait: whoever goes away meanwhile costs nothing.
  const revision = wanted ?? (await cache.consistentRevision());
  if (cache.revision < revision) await cache.waitForRevision(revision, { timeoutMs: maxWaitMs, signal });
}

/** What upstream answers to a revision of the future: the client should come back. */
export function tooLarge(wanted: number, current: number): ApiError {
  return new ApiError('Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}
