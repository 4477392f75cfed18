import type { Random } from './random.ts';

const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** The same chance for the same seed, so that a run can be repeated. Never for secrets outside tests. */
export function createSeededRandom(seed: number): Random {
  // mulberry32, public domain
  let state = seed >>> 0;
  const next32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => next32() & 0xff));
  return {
    next: () => next32() / 2 ** 32,
    uuid: () => {
      const raw = bytes(16);
      raw[6] = (raw[6]! & 0x0f) | 0x40; // version 4
      raw[8] = (raw[8]! & 0x3f) | 0x80; // RFC 4122 variant
      return raw.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    },
    suffix: (length) => Array.from({ length }, () => suffixAlphabet[next32() % suffixAlphabet.length]).join(''),
    bytes,
  };
}
