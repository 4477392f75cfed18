import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Chance as code is given it. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  uuid(): string;
  /** `length` characters of upstream's name alphabet (no vowels, no look-alikes), for generateName. */
  suffix(length: number): string;
  /** Secret material; never from a seeded source outside tests. */
  bytes(length: number): Buffer;
}

const suffixAlphabet = 'bcdfghjklmnpqrstvwxz2456789';

export const systemRandom: Random = {
  next: () => randomInt(2 ** 47) / 2 ** 47,
  uuid: () => randomUUID(),
  suffix: (length) => Array.from({ length }, () => suffixAlphabet[randomInt(suffixAlphabet.length)]).join(''),
  bytes: (length) => randomBytes(length),
};
