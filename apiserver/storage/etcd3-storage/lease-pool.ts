import type { Clock } from '../../../component/clock.ts';

const maxReuseSeconds = 60;
const maxKeys = 1000;

interface Lease {
  readonly id: Promise<string>;
  /** Until then the lease outlives the TTL asked for. */
  readonly reusableUntilMs: number;
  keys: number;
}

/**
 * Shares one lease among the keys that are written with the same TTL within a while, as upstream does: a lease of its
 * own for each of many events would cost etcd more than the events. A key lives up to 5 % of the TTL longer, at most a
 * minute.
 */
export class LeasePool {
  readonly #clock: Clock;
  readonly #grant: (ttlSeconds: number) => Promise<string>;
  readonly #leases = new Map<number, Lease>();

  constructor(clock: Clock, grant: (ttlSeconds: number) => Promise<string>) {
    this.#clock = clock;
    this.#grant = grant;
  }

  /** The id of a lease that lives at least `ttlSeconds` from now on. */
  async lease(ttlSeconds: number): Promise<string> {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#leases.get(ttlSeconds);
    if (known && nowMs < known.reusableUntilMs && known.keys < maxKeys) {
      known.keys++;
      return known.id;
    }
    const reuseSeconds = Math.min(maxReuseSeconds, Math.floor(ttlSeconds * 0.05));
    const id = this.#grant(ttlSeconds + reuseSeconds);
    const lease = { id, reusableUntilMs: nowMs + reuseSeconds * 1000, keys: 1 };
    if (reuseSeconds > 0) {
      this.#leases.set(ttlSeconds, lease);
      id.catch(() => {
        if (this.#leases.get(ttlSeconds) === lease) this.#leases.delete(ttlSeconds);
      });
    }
    return id;
  }

  /** The store no longer knows the leases. */
  forget(ttlSeconds: number): void {
    this.#leases.delete(ttlSeconds);
  }
}
