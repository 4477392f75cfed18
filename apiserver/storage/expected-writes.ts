import type { Digest } from './cache-entry.ts';

interface ExpectedWrite {
  readonly value: Buffer;
  readonly digest: Digest;
}

/** Far more than are ever on their way. */
const maxExpected = 4096;

/** What this process itself is about to write, so that its watch need not parse it again. */
export class ExpectedWrites {
  readonly #byKey = new Map<string, ExpectedWrite>();

  /** The write may fail: what never comes is forgotten when something else comes of its key, or when there are too many. */
  add(key: string, value: Buffer, digest: Digest): void {
    if (this.#byKey.size >= maxExpected) this.#byKey.delete(this.#byKey.keys().next().value!);
    this.#byKey.set(key, { value, digest });
  }

  /** The digest of what has come, where it is what was expected. */
  take(key: string, value: Buffer): Digest | undefined {
    const expected = this.#byKey.get(key);
    if (!expected) return undefined;
    this.#byKey.delete(key);
    return expected.value.equals(value) ? expected.digest : undefined;
  }
}
