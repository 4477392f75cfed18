import { ApiError } from '../meta/errors.ts';
import { invalidValue } from '../meta/field-error.ts';
import { isJsonObject } from '../meta/json-object.ts';

/**
 * 422 for a patch whose result is no object of its type. `shown` is what upstream quotes: `patchedJson` for JSON and
 * merge patches, the patch by `goValue` for strategic ones. `why` is the decoder's complaint.
 */
export function invalidPatch(shown: string, why: string): ApiError {
  const error = invalidValue('patch', shown, why);
  return new ApiError('Invalid', ` "" is invalid: ${error.toString()}`, {
    details: { causes: [{ reason: error.type, message: error.detailMessage(), field: error.field }] },
  });
}

/**
 * A patched document as upstream prints it: objects that the patch touched have their keys sorted, the others are as they
 * were. Tells them apart by what `patched` shares with `document`.
 */
export function patchedJson(document: unknown, patched: unknown): string {
  const text = JSON.stringify(withSortedKeys(document, patched));
  // What a browser might take for markup Go escapes.
  return text.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function withSortedKeys(before: unknown, after: unknown): unknown {
  if (before === after || typeof after !== 'object' || after === null) return after;
  if (Array.isArray(after)) {
    const items = Array.isArray(before) ? (before as unknown[]) : [];
    return after.map((item, i) => withSortedKeys(items[i], item));
  }
  const old = isJsonObject(before) ? before : {};
  const entries = Object.entries(after).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, withSortedKeys(old[key], value)]));
}
