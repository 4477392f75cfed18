import type { Registry } from 'prom-client';
import type { Discovery } from '../discovery/discovery.ts';
import type { OpenApi } from '../openapi/openapi.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import type { IssuerDocument, IssuerDocuments } from '../service-accounts/issuer-discovery.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { bytesResponse, jsonResponse, pageNotFound, textResponse } from '../server/responses.ts';

export type PathHandler = (request: ApiRequest) => Promise<ApiResponse>;

/** Everything that is no resource: metrics, discovery, OpenAPI, and the index at `/`. */
export function createPathHandler(options: {
  readonly metrics: Registry;
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  /** By which others verify the tokens issued here. */
  readonly issuerDocuments?: IssuerDocuments;
  /** Plain texts for operators, by path; not in the index. */
  readonly texts: ReadonlyMap<string, () => string>;
  /** Paths that are answered elsewhere, for the index. */
  readonly otherPaths: readonly string[];
}): PathHandler {
  const { metrics, discovery, openApi } = options;
  const issuerDocuments: IssuerDocuments = options.issuerDocuments ?? new Map();
  return async (request) => {
    if (request.path === '/metrics') {
      if (request.method !== 'GET') throw methodNotAllowed();
      return bytesResponse(200, `${metrics.contentType}; escaping=underscores`, Buffer.from(await metrics.metrics()));
    }
    if (request.path === '/' || request.path === '')
      return jsonResponse(200, {
        paths: [
          ...discovery.paths(),
          ...openApi.paths(),
          ...issuerDocuments.keys(),
          '/metrics',
          ...options.otherPaths,
        ].sort(),
      });
    const text = options.texts.get(request.path);
    if (text) return textResponse(200, text());
    const issuerDocument = issuerDocuments.get(request.path);
    if (issuerDocument) return documentResponse(request, issuerDocument());
    return discovery.handle(request) ?? (await openApi.handle(request)) ?? pageNotFound();
  };
}

function documentResponse(request: ApiRequest, { contentType, body }: IssuerDocument): ApiResponse {
  if (request.method !== 'GET') throw methodNotAllowed();
  const response = bytesResponse(200, contentType, Buffer.from(body));
  // Keys change rarely; whoever verifies tokens need not ask each time.
  response.headers['cache-control'] = 'public, max-age=3600';
  return response;
}
