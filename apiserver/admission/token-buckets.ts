import type { Clock } from '../../component/clock.ts';

/** A token bucket a key; the key used longest ago is forgotten first, and starts with a full bucket when it comes back. */
export interface TokenBuckets {
  /** Takes one token; false where the key's bucket is empty. */
  take(key: string): boolean;
}

/**
 * Buckets begin with `burst` tokens, gain `perSecond` by the monotonic clock up to `burst`, and are no more than
 * `maxKeys`. Nothing to close: no timers run.
 */
export function createTokenBuckets(
  options: { readonly perSecond: number; readonly burst: number; readonly maxKeys: number },
  clock: Pick<Clock, 'monotonicMs'>,
): TokenBuckets {
  const buckets = new Map<string, { tokens: number; filledMs: number }>();
  return {
    take: (key) => {
      const now = clock.monotonicMs();
      const bucket = buckets.get(key) ?? { tokens: options.burst, filledMs: now };
      bucket.tokens = Math.min(options.burst, bucket.tokens + ((now - bucket.filledMs) / 1000) * options.perSecond);
      bucket.filledMs = now;
      buckets.delete(key);
      if (buckets.size >= options.maxKeys) buckets.delete(buckets.keys().next().value!);
      buckets.set(key, bucket);
      if (bucket.tokens < 1) return false;
      bucket.tokens--;
      return true;
    },
  };
}
