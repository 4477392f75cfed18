import type { Deps } from '../component/deps.ts';

/** Answers that are believed for a while. Those who ask for the same at the same time share one question. */
export interface ExpiringCache<V> {
  /** A failed question is not kept. */
  get(key: string, ask: () => Promise<V>): Promise<V>;
}

/** An empty cache; an answer is kept for `keepMs` and of many the oldest go first. */
export function createExpiringCache<V>(
  options: { readonly keepMs: number; readonly maxEntries: number },
  deps: Pick<Deps, 'clock'>,
): ExpiringCache<V> {
  const entries = new Map<string, { readonly value: Promise<V>; readonly untilMs: number }>();
  return {
    get: (key, ask) => {
      const now = deps.clock.monotonicMs();
      const known = entries.get(key);
      if (known && now < known.untilMs) return known.value;
      const value = ask();
      const entry = { value, untilMs: now + options.keepMs };
      entries.delete(key); // so that the order of the map is that of age
      entries.set(key, entry);
      value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key);
      });
      while (entries.size > options.maxEntries) entries.delete(entries.keys().next().value!);
      return value;
    },
  };
}
