import { methodNotAllowed } from '../rest/path-errors.ts';
import { handleGet } from '../rest/get.ts';
import { handlePatch } from '../rest/patch.ts';
import { handleUpdate } from '../rest/update.ts';
import { statusStrategy } from '../rest/update-strategy.ts';
import type { Subresource } from './subresource.ts';

/** The object seen through its status: a write changes nothing else. */
export const statusSubresource: Subresource = {
  name: 'status',
  handle: (deps, request) => {
    switch (request.http.method) {
      case 'GET':
        return handleGet(deps, request);
      case 'PUT':
        return handleUpdate(deps, request, { strategy: statusStrategy(request.row) });
      case 'PATCH':
        return handlePatch(deps, request, { strategy: statusStrategy(request.row) });
      default:
        throw methodNotAllowed();
    }
  },
};
