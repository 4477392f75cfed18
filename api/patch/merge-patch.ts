import { badRequest, type ApiError } from '../meta/errors.ts';
import type { AnyObject } from '../meta/object.ts';
import { setOwn } from '../schema/decode.ts';
import { cannotUnmarshal } from './touched-document.ts';
import { isJsonObject, type JsonObject } from '../meta/json-object.ts';

/**
 * RFC 7386: objects merge key by key, null deletes, anything else replaces. Beyond the RFC, and as upstream does, nulls
 * in objects within a list mean nothing either, but where the list takes the place of an object. Neither argument is
 * changed; the result shares what was not touched with both, so it must not be changed in place.
 */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (Array.isArray(patch) && !isJsonObject(document)) return patch.map((item) => (item === null ? null : applyMergePatch(undefined, item))); // prettier-ignore
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(document) ? { ...document } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete result[key];
    else setOwn(result, key, applyMergePatch(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
}

/** 400, in the words of upstream's merge library, which name a JSON Patch here too. */
export const invalidMergePatch = (): ApiError => badRequest('Invalid JSON Patch');

/**
 * As `applyMergePatch`, for what a client sent. Where fields are not validated (`isLenient`) a list takes the place of
 * the document.
 *
 * @throws ApiError BadRequest where the patch is no object, worded as upstream does
 */
export function applyMergePatchToObject(document: AnyObject, patch: unknown, { isLenient = false } = {}): AnyObject {
  if (patch === null) throw invalidMergePatch();
  if (isLenient && Array.isArray(patch)) return applyMergePatch(undefined, patch) as AnyObject;
  if (!isJsonObject(patch)) throw isLenient ? invalidMergePatch() : badRequest(`error decoding patch: ${cannotUnmarshal(patch)}`); // prettier-ignore
  return applyMergePatch(document, patch) as AnyObject;
}
