import { duplicateFields, isTooDeep } from '../meta/json-text.ts';

/** YAML has its own opinion of these: tabs, control characters, escapes by number, surrogates, what is no character. */
const oddCharacters = /[\t\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]|\\u/;
/** Numbers that are no integers of up to fifteen digits; what looks so within a string costs only time. */
const oddNumbers = /[:,[]\s*-?(?:\d+[.eE][\d.eE+-]*|\d{16,})\s*[,}\]]/;
/** Longer than the key of a YAML mapping may be. */
const longKey = /"(?:[^"\\]|\\.){1000,}"\s*:/;

/**
 * What a YAML text stands for that is plain JSON as well, of a kind that both read alike: most of what programs send as
 * YAML. Undefined where it is not, or may not be.
 */
export function readJsonInYaml(text: string): unknown {
  if (text[0] !== '{' || oddCharacters.test(text) || oddNumbers.test(text)) return undefined;
  if (text.length > 1000 && longKey.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // the reader of YAML tells why, or reads it
  }
  return isTooDeep(text) || duplicateFields(text, value).length > 0 ? undefined : value;
}
