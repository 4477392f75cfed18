import { badRequest } from '../../api/meta/errors.ts';
import { isValidPathSegmentName } from '../../api/meta/names.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { User } from '../authenticators/authenticator.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import type { RequestInfo } from '../stages/request-info.ts';
import { handleCreate } from './create.ts';
import { handleDelete } from './delete.ts';
import { handleDeleteCollection } from './delete-collection.ts';
import { handleGet } from './get.ts';
import { handleList } from './list.ts';
import { handlePatch } from './patch.ts';
import { pageNotFound } from '../server/responses.ts';
import { methodNotAllowed, resourceNotFound } from './path-errors.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { handleUpdate } from './update.ts';
import { handleWatch } from './watch.ts';
import { virtualResourceOf } from '../virtual-resources/index.ts';
import { subresourceOf } from '../subresources/index.ts';

type VerbHandler = (deps: RestDeps, request: RestRequest) => Promise<ApiResponse>;

const collectionVerbs: Readonly<Record<string, VerbHandler>> = {
  create: handleCreate,
  list: handleList,
  watch: handleWatch,
  deletecollection: handleDeleteCollection,
};

const objectVerbs: Readonly<Record<string, VerbHandler>> = {
  get: handleGet,
  update: handleUpdate,
  patch: handlePatch,
  delete: handleDelete,
  watch: handleWatch,
};

/** Finds who answers a request for a resource. @throws ApiError NotFound, MethodNotAllowed, BadRequest */
export async function dispatch(
  deps: RestDeps,
  http: ApiRequest,
  info: RequestInfo,
  user: User,
  warnings: string[],
): Promise<ApiResponse> {
  const row = deps.resources.find(info.group, info.version, info.resource);
  if (!row) {
    if (!deps.resources.hasGroup(info.group)) return pageNotFound();
    throw resourceNotFound();
  }
  const [, name = ''] = info.parts;
  checkPath(row, info);
  const request: RestRequest = {
    http,
    info,
    user,
    row,
    namespace: row.scope === 'Namespaced' ? info.namespace : '',
    name,
    warnings,
  };
  if (info.subresource) {
    const subresource = subresourceOf(row, info.subresource);
    if (!subresource) throw resourceNotFound();
    if (row.deprecation) warnings.push(row.deprecation);
    return subresource(deps, request);
  }
  // What is only ever created has no objects, and so no paths for them.
  if (name && !row.verbs.some((verb) => verb in objectVerbs)) throw resourceNotFound();
  const virtual = virtualResourceOf(row);
  if (virtual && name && !row.verbs.includes('get')) throw resourceNotFound();
  const handler = virtual?.verbs[info.verb] ?? (name ? objectVerbs : collectionVerbs)[info.verb];
  if (!handler || !serves(row, info.verb) || !isMethodOf(http.method, info.verb)) throw methodNotAllowed();
  if (name) checkName(name);
  if (row.deprecation) warnings.push(row.deprecation);
  return handler(deps, request);
}

function serves(row: ResourceRow, verb: string): boolean {
  return row.verbs.includes(verb);
}

/** HEAD counts as a read in authorization, but no handler takes it. */
function isMethodOf(method: string, verb: string): boolean {
  return method === 'GET' || (verb !== 'get' && verb !== 'list' && verb !== 'watch');
}

function checkPath(row: ResourceRow, info: RequestInfo): void {
  // Old paths begin with a verb; there are none for what cannot be watched, nor below an object.
  if (info.verb === 'proxy') throw resourceNotFound();
  if (info.isWatchPath && (info.parts.length > 2 || !serves(row, 'watch'))) throw resourceNotFound();
  const isBelowNamespace = info.namespace !== '' && info.resource !== 'namespaces';
  if (row.scope === 'Cluster' && isBelowNamespace) throw resourceNotFound();
  if (info.parts.length > 3 && info.subresource !== 'proxy') throw resourceNotFound();
  if (row.scope === 'Namespaced' && !isBelowNamespace) {
    // All namespaces at once can only be read; what stands alone (a review) has no namespace either.
    if (info.parts.length > 1) throw resourceNotFound();
    if (info.verb === 'create' || info.verb === 'deletecollection') throw methodNotAllowed();
  }
}

/** Throws 404 or 400 where the name cannot be a part of a path. */
export function checkName(name: string): void {
  const [why] = isValidPathSegmentName(name);
  if (why && name.includes('/')) throw resourceNotFound();
  if (name === '.' || name === '..') throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${why}`);
}
