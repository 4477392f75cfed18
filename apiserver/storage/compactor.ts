import type { Deps } from '../../component/deps.ts';
import type { Storage } from './storage.ts';

export const compactRevisionKey = 'compact_rev_key';
const defaultIntervalMs = 5 * 60_000;

/**
 * Keeps the history of the store to between one and two intervals, however many API servers run: every interval each
 * tries to write the revision it saw an interval ago to `compact_rev_key`, on the condition that nobody wrote it since,
 * and only the one that could compacts to it. Key and value are upstream's, so that both may run side by side; where
 * upstream compares the version of the key, this compares its modRevision, which changes at the same writes.
 */
export async function runCompactor(
  options: {
    readonly storage: Storage;
    readonly deps: Deps;
    readonly intervalMs?: number;
    /** Told what the store was compacted to, by this server or, up to an interval later, by another. */
    readonly onCompact?: (revision: number) => void;
  },
  signal: AbortSignal,
): Promise<void> {
  const { storage, deps, intervalMs = defaultIntervalMs, onCompact } = options;
  let keyRevision = 0;
  let seenRevision = 0;
  while (!signal.aborted) {
    await deps.clock.sleep(intervalMs, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      const value = Buffer.from(String(seenRevision));
      const result = await storage.put(compactRevisionKey, value, { expectedRevision: keyRevision }, signal);
      const compactTo = seenRevision;
      seenRevision = result.revision;
      keyRevision = result.succeeded ? result.revision : (result.current?.modRevision ?? 0);
      if (result.succeeded && compactTo > 0) {
        await storage.compact(compactTo, signal);
        deps.log.debug('compacted the store', { revision: compactTo });
        onCompact?.(compactTo);
      }
      if (!result.succeeded && result.current) onCompact?.(Number(result.current.value.toString()));
    } catch (error) {
      if (!signal.aborted) deps.log.warn('compaction of the store failed, trying again later', { error });
    }
  }
}
