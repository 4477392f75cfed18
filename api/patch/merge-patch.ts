import { badRequest } from '../meta/errors.ts';
import type { AnyObject } from '../meta/object.ts';
import { setOwn } from '../schema/decode.ts';
import { cannotUnmarshal, isObject, type JsonObject } from './touched-document.ts';

/**
 * RFC 7386: objects merge key by key, null deletes, anything else replaces. Neither argument is changed; the result
 * shares what was not touched with both, so it must not be changed in place.
 */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(document) ? { ...document } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete result[key];
    else setOwn(result, key, applyMergePatch(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
}

/**
 * As `applyMergePatch`, for what a client sent.
 *
 * @throws ApiError BadRequest where the patch is no object, worded as upstream does
 */
export function applyMergePatchToObject(document: AnyObject, patch: unknown): AnyObject {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isObject(patch)) throw badRequest(`error decoding patch: ${cannotUnmarshal(patch)}`);
  return applyMergePatch(document, patch) as AnyObject;
}
