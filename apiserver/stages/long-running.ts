import type { RequestInfo } from './request-info.ts';

const subresources = new Set(['attach', 'exec', 'proxy', 'log', 'portforward']);

/** Requests that last as long as somebody looks on: no time limit and no share of the server's concurrency is theirs. */
export function isLongRunning({ isResource, verb, subresource, path }: RequestInfo): boolean {
  if (!isResource) return path.startsWith('/debug/pprof/');
  return verb === 'watch' || verb === 'proxy' || subresources.has(subresource);
}
