import { setImmediate } from 'node:timers/promises';
import type { CacheEntry } from '../storage/cache-entry.ts';
import type { Selection } from './selection.ts';

/** So many are looked at in a turn of the event loop, a few milliseconds at most. */
const sliceLength = 5000;

/**
 * The first of the entries that the selection holds for, at most `limit`, and how many were looked at for them. Where there
 * are many to look at, the event loop gets its turns in between.
 */
export async function selectEntries(
  all: readonly CacheEntry[],
  selection: Selection,
  limit = Infinity,
): Promise<{ readonly entries: readonly CacheEntry[]; readonly seen: number }> {
  if (selection.isEverything && all.length <= limit) return { entries: all, seen: all.length };
  const entries: CacheEntry[] = [];
  let seen = 0;
  while (seen < all.length && entries.length < limit) {
    const entry = all[seen++]!;
    if (selection.matches(entry.digest)) entries.push(entry);
    if (seen % sliceLength === 0) await setImmediate();
  }
  return { entries, seen };
}
