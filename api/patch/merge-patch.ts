import { setOwn } from '../schema/decode.ts';
import { sortKeys, type JsonObject } from './touched-document.ts';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * RFC 7386: objects merge key by key, null deletes, anything else replaces. Neither argument is changed; the result
 * shares what was not touched with both, so it must not be changed in place. Objects that were touched have their keys
 * sorted, as in upstream's messages.
 */
export function applyMergePatch(document: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(document) ? { ...document } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete result[key];
    else setOwn(result, key, applyMergePatch(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  sortKeys(result);
  return result;
}
