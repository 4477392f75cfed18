import type { Clock } from '../component/clock.ts';

export interface ItemBackOff {
  /**
   * When the item may be tried again, given when it last failed (else counting from the last `next`); undefined where it
   * may be at once.
   */
  untilMs(key: string, sinceMs?: number): number | undefined;
  /** The wait that holds now, in ms; 0 where the item has not failed. */
  get(key: string): number;
  /** It is being tried after a failure at `sinceMs`: the next wait is longer. */
  next(key: string, sinceMs: number): void;
  reset(key: string): void;
  /** Forgets every key that begins so. */
  resetAll(prefix: string): void;
}

/**
 * Waits that double for each thing by itself, from `initialMs` up to `maxMs`, and begin anew when nothing failed for
 * twice the longest (client-go's `flowcontrol.Backoff`).
 */
export function createItemBackOff(
  options: { readonly initialMs: number; readonly maxMs: number },
  deps: { readonly clock: Clock },
): ItemBackOff {
  const { initialMs, maxMs } = options;
  const entries = new Map<string, { waitMs: number; lastUpdateMs: number }>();
  const live = (key: string, sinceMs: number): { waitMs: number; lastUpdateMs: number } | undefined => {
    const entry = entries.get(key);
    if (entry && sinceMs - entry.lastUpdateMs > 2 * maxMs) {
      entries.delete(key);
      return undefined;
    }
    return entry;
  };
  return {
    untilMs: (key, sinceMs) => {
      const entry = live(key, sinceMs ?? deps.clock.now());
      if (!entry) return undefined;
      const until = (sinceMs ?? entry.lastUpdateMs) + entry.waitMs;
      return until > deps.clock.now() ? until : undefined;
    },
    get: (key) => entries.get(key)?.waitMs ?? 0,
    next: (key, sinceMs) => {
      const entry = live(key, sinceMs);
      entries.set(key, {
        waitMs: entry ? Math.min(entry.waitMs * 2, maxMs) : initialMs,
        lastUpdateMs: deps.clock.now(),
      });
    },
    reset: (key) => void entries.delete(key),
    resetAll: (prefix) => {
      for (const key of entries.keys()) if (key.startsWith(prefix)) entries.delete(key);
    },
  };
}
