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

/** As many characters as one draw of `randomInt` has chance for: 27⁹ is below its bound of 2⁴⁸. */
const charactersOfDraw = 9;

function randomSuffix(length: number): string {
  let text = '';
  while (text.length < length) {
    const count = Math.min(length - text.length, charactersOfDraw);
    let draw = randomInt(suffixAlphabet.length ** count);
    for (let i = 0; i < count; i++) {
      text += suffixAlphabet[draw % suffixAlphabet.length];
      draw = Math.floor(draw / suffixAlphabet.length);
    }
  }
  return text;
}

export const systemRandom: Random = {
  next: () => randomInt(2 ** 47) / 2 ** 47,
  uuid: () => randomUUID(),
  suffix: randomSuffix,
  bytes: (length) => randomBytes(length),
};
