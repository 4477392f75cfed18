import type { Registry } from 'prom-client';
import type { User } from '../authenticators/authenticator.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { methodNotAllowed, resourceNotFound } from '../rest/path-errors.ts';
import type { ResourceIndex } from '../rest/resource-index.ts';
import { bytesResponse, pageNotFound } from '../server/responses.ts';
import type { RequestInfo } from '../stages/request-info.ts';

export type PathHandler = (request: ApiRequest, info: RequestInfo, user: User) => Promise<ApiResponse>;

/** Everything that is no resource: metrics and discovery. */
export function createPathHandler(options: {
  readonly metrics: Registry;
  readonly resources: ResourceIndex;
}): PathHandler {
  return async (request, info) => {
    if (request.path === '/metrics') {
      if (request.method !== 'GET') throw methodNotAllowed();
      return bytesResponse(200, options.metrics.contentType, Buffer.from(await options.metrics.metrics()));
    }
    const [root, group, version] = info.parts;
    if (root === 'api' && group !== undefined) throw resourceNotFound();
    if (root === 'apis' && group !== undefined && options.resources.hasGroup(group) && version !== undefined)
      throw resourceNotFound();
    return pageNotFound();
  };
}
