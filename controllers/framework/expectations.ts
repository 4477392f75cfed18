import type { Clock } from '../../component/clock.ts';

/** Caches that have not shown a write of ours after this long will not: look again without it. */
const expiryMs = 5 * 60_000;

interface Expected {
  creations: number;
  readonly deletions: Set<string>;
  readonly sinceMs: number;
}

/**
 * What a controller has written and its cache has not shown yet. A controller that counts children must not count while
 * something is missing, or it makes too many. Keyed as its queue.
 */
export class Expectations {
  readonly #byKey = new Map<string, Expected>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True where everything expected of the key has been seen (or waited for too long): its caches may be trusted. */
  satisfied(key: string): boolean {
    const expected = this.#byKey.get(key);
    if (!expected) return true;
    const isDone = expected.creations <= 0 && expected.deletions.size === 0;
    if (!isDone && this.#clock.monotonicMs() - expected.sinceMs < expiryMs) return false;
    this.#byKey.delete(key);
    return true;
  }

  expect(key: string, change: { readonly creations?: number; readonly deletions?: readonly string[] }): void {
    this.#byKey.set(key, {
      creations: change.creations ?? 0,
      deletions: new Set(change.deletions),
      sinceMs: this.#clock.monotonicMs(),
    });
  }

  /** The cache shows a new child, or creating one has failed. */
  creationSeen(key: string): void {
    const expected = this.#byKey.get(key);
    if (expected) expected.creations -= 1;
  }

  /** The cache shows that a child goes or is gone, or deleting it has failed. `child` is its uid. */
  deletionSeen(key: string, child: string): void {
    this.#byKey.get(key)?.deletions.delete(child);
  }

  forget(key: string): void {
    this.#byKey.delete(key);
  }
}
