import { createHash } from 'node:crypto';

/** Digits of upstream's names: no vowels, no look-alikes. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * A short name for a template: equal templates have equal hashes, whatever the order of their fields. `collisions` gives
 * another one where the name is taken by something else. Ten characters, as upstream's (the value itself is ours: nobody
 * computes it but the controller that compares templates, not hashes).
 */
export function templateHash(template: unknown, collisions = 0): string {
  const digest = createHash('sha256').update(stable(template)).update(`/${collisions}`).digest();
  return Array.from(digest.subarray(0, 10), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** JSON with keys in order and without what is undefined. */
function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined);
    return `{${entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${stable(item)}`)
      .join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
