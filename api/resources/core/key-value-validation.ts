/** What ConfigMaps and Secrets have in common: named pieces of data, and a switch that freezes them. */
import { semanticEqual } from '../../meta/equality.ts';
import { addInvalid, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField } from '../../meta/field-error.ts';
import { isConfigMapKey } from '../../meta/names.ts';

/** What an object may hold in all; etcd takes little more. */
export const dataMaxBytes = 1024 * 1024;

/** Keys become names of files: each that cannot be one is an error at `field[key]`. Values are not looked at. */
export function checkKeys(data: Readonly<Record<string, string>> | undefined, field: string, errors: Errors): void {
  for (const key in data) addInvalid(isConfigMapKey(key), `${field}[${key}]`, key, errors);
}

/** The length of data that is base64 on the wire. */
export function bytesOfBase64(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return Math.floor((text.length * 3) / 4) - padding;
}

interface Freezable {
  immutable?: boolean;
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
}

/** Once immutable, an object stays so, and so does what it holds. */
export function checkFrozen(next: Freezable, old: Freezable, errors: Errors): void {
  if (!old.immutable) return;
  const why = 'field is immutable when `immutable` is set';
  if (!next.immutable) errors.push(forbiddenField('immutable', why));
  for (const field of ['data', 'binaryData'] as const)
    if (!semanticEqual(next[field], old[field])) errors.push(forbiddenField(field, why));
}
