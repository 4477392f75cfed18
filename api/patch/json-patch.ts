import { ApiError } from '../meta/errors.ts';
import type { AnyObject } from '../meta/object.ts';
import jsonpatch from 'fast-json-patch';

/**
 * RFC 6902. Returns a patched copy; `document` is not changed.
 *
 * @throws ApiError BadRequest where `operations` is no JSON patch, Invalid (422) where one of them cannot be applied.
 */
export function applyJsonPatch(document: AnyObject, operations: unknown): AnyObject {
  try {
    return jsonpatch.applyPatch(document, operations as jsonpatch.Operation[], true, false).newDocument;
  } catch (error) {
    throw new ApiError('Invalid', error instanceof Error ? error.message : String(error), { cause: error });
  }
}
