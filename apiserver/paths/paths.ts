import type { Registry } from 'prom-client';
import type { Discovery } from '../discovery/discovery.ts';
import type { OpenApi } from '../openapi/openapi.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { bytesResponse, jsonResponse, pageNotFound } from '../server/responses.ts';

export type PathHandler = (request: ApiRequest) => Promise<ApiResponse>;

/** Everything that is no resource: metrics, discovery, OpenAPI, and the index at `/`. */
export function createPathHandler(options: {
  readonly metrics: Registry;
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  /** Paths that are answered elsewhere, for the index. */
  readonly otherPaths: readonly string[];
}): PathHandler {
  const { metrics, discovery, openApi } = options;
  return async (request) => {
    if (request.path === '/metrics') {
      if (request.method !== 'GET') throw methodNotAllowed();
      return bytesResponse(200, metrics.contentType, Buffer.from(await metrics.metrics()));
    }
    if (request.path === '/' || request.path === '')
      return jsonResponse(200, {
        paths: [...discovery.paths(), ...openApi.paths(), '/metrics', ...options.otherPaths].sort(),
      });
    return discovery.handle(request) ?? openApi.handle(request) ?? pageNotFound();
  };
}
