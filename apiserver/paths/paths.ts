import type { Registry } from 'prom-client';
import type { Discovery } from '../discovery/discovery.ts';
import type { OpenApi } from '../openapi/openapi.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import type { IssuerDocument, IssuerDocuments } from '../service-accounts/issuer-discovery.ts';
import { methodNotAllowed, noRepresentation } from '../rest/path-errors.ts';
import { isRouted } from '../server/media-type.ts';
import { bytesResponse, jsonResponse, pageNotFound, textResponse } from '../server/responses.ts';
import { createZPages, zPagePaths, type ZPageOptions } from './z-pages.ts';

export type PathHandler = (request: ApiRequest) => Promise<ApiResponse>;

/** Everything that is no resource: metrics, discovery, OpenAPI, and the index at `/`. */
export function createPathHandler(options: {
  readonly metrics: Registry;
  /** Of health checks, at a path of their own. */
  readonly slis: Registry;
  /** What the pages for people say. */
  readonly zPages: Omit<ZPageOptions, 'listedPaths'>;
  readonly discovery: Discovery;
  readonly openApi: OpenApi;
  /** By which others verify the tokens issued here. */
  readonly issuerDocuments?: IssuerDocuments;
  /** Plain texts for operators, by path; not in the index. */
  readonly texts: ReadonlyMap<string, () => string>;
  /** Paths that are answered elsewhere, for the index. */
  readonly otherPaths: readonly string[];
}): PathHandler {
  const { discovery, openApi } = options;
  const registries: ReadonlyMap<string, Registry> = new Map([
    ['/metrics', options.metrics],
    ['/metrics/slis', options.slis],
  ]);
  const issuerDocuments: IssuerDocuments = options.issuerDocuments ?? new Map();
  const listedPaths = (): string[] =>
    [
      ...discovery.paths(),
      ...openApi.paths(),
      ...issuerDocuments.keys(),
      ...registries.keys(),
      ...zPagePaths,
      ...options.otherPaths,
    ].sort();
  const zPages = createZPages({ ...options.zPages, listedPaths });
  return async (request) => {
    const metrics = registries.get(request.path);
    if (metrics) {
      if (request.method !== 'GET') throw methodNotAllowed();
      return bytesResponse(200, `${metrics.contentType}; escaping=underscores`, Buffer.from(await metrics.metrics()));
    }
    if (request.path === '/' || request.path === '') return jsonResponse(200, { paths: listedPaths() });
    const page = zPages.handle(request);
    if (page) return page;
    const text = options.texts.get(request.path);
    if (text) return textResponse(200, text());
    const issuerDocument = issuerDocuments.get(request.path.replace(/\/$/, ''));
    if (issuerDocument) return documentResponse(request, issuerDocument());
    return discovery.handle(request) ?? (await openApi.handle(request)) ?? pageNotFound();
  };
}

function documentResponse(request: ApiRequest, { contentType, body }: IssuerDocument): ApiResponse {
  if (request.method !== 'GET') throw methodNotAllowed();
  if (!isRouted(request.headers['accept'], [contentType])) throw noRepresentation(contentType);
  const response = bytesResponse(200, contentType, Buffer.from(body));
  // Keys change rarely; whoever verifies tokens need not ask each time.
  response.headers['cache-control'] = 'public, max-age=3600';
  return response;
}
