import type { Random } from '../../component/random.ts';

/** Seeded choices: the same seed makes the same inputs. */
export class Dice {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** From `low` to `high`, both included. */
  number(low: number, high: number): number {
    return low + Math.floor(this.#random.next() * (high - low + 1));
  }

  chance(part: number): boolean {
    return this.#random.next() < part;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.number(0, list.length - 1)]!;
  }

  bytes(length: number): Buffer {
    return this.#random.bytes(length);
  }

  /** Characters that parsers stumble over, between harmless ones. */
  text(length: number): string {
    return Array.from({ length }, () => this.pick(oddCharacters)).join('');
  }

  /** Some bytes flipped, cut out, doubled, or the end cut off. */
  broken(input: Buffer): Buffer {
    let bytes = Buffer.from(input);
    for (let changes = this.number(1, 4); changes > 0 && bytes.length > 0; changes--) {
      const at = this.number(0, bytes.length - 1);
      const length = this.number(1, 8);
      switch (this.number(0, 3)) {
        case 0:
          bytes[at] = this.number(0, 255);
          break;
        case 1:
          bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
          break;
        case 2:
          bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
          break;
        default:
          bytes = bytes.subarray(0, at);
      }
    }
    return bytes;
  }
}

const oddCharacters = [
  ...'abcXYZ019-_.~/\\\'"`{}[]()<>=!,;:&?#%+*$@^| ',
  '\0', '\t', '\n', '\r', '\x7f', 'ä', '€', '𝄞', '\ud800', '\ufeff', '\u202e', '%00', '%2f', '%zz', '../', '${x}',
]; // prettier-ignore

/** Names that mean something to JavaScript and nothing to Kubernetes. */
export const prototypeNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'valueOf',
  'then',
  'length',
] as const;
