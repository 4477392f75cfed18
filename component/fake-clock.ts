import { sleepBy, type Clock, type Timer } from './clock.ts';

/** A clock that stands still until it is turned; for tests and for clusters under one clock. */
export interface FakeClock extends Clock {
  /** Timers and sleeps that are due in the future. */
  readonly pending: number;
  /**
   * Moves time on, calling what falls due on the way in the order of its time. Between two of them, and at the end,
   * promises that became ready run, so what they set up within the span falls due as well.
   */
  advance(ms: number): Promise<void>;
  /** Moves on to the next thing that is due; false where nothing is. */
  advanceToNext(): Promise<boolean>;
  /** Resolves once at least `count` timers or sleeps wait: the code under test has got that far. */
  waitForPending(count: number): Promise<void>;
  /** Wall time jumps, as when somebody sets the clock; what is due is not touched. */
  setWallTime(ms: number): void;
}

interface Entry {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that stands at `startMs`, in ms since the epoch; the start of 2026 where nothing is said. */
export function createFakeClock(options: { readonly startMs?: number } = {}): FakeClock {
  let wallOffsetMs = options.startMs ?? Date.UTC(2026, 0, 1);
  let elapsedMs = 0;
  let order = 0;
  const entries = new Set<Entry>();
  const watchers = new Set<() => void>();

  const schedule = (ms: number, run: () => void): Timer => {
    const entry: Entry = { dueMs: elapsedMs + Math.max(0, ms), order: order++, run };
    entries.add(entry);
    for (const watcher of watchers) watcher();
    return { cancel: () => void entries.delete(entry) };
  };
  const next = (): Entry | undefined => {
    let first: Entry | undefined;
    for (const entry of entries) {
      if (!first || entry.dueMs < first.dueMs || (entry.dueMs === first.dueMs && entry.order < first.order))
        first = entry;
    }
    return first;
  };
  const advanceUntil = async (endMs: number): Promise<void> => {
    await settle();
    for (let entry = next(); entry && entry.dueMs <= endMs; entry = next()) {
      elapsedMs = Math.max(elapsedMs, entry.dueMs);
      entries.delete(entry);
      entry.run();
      await settle();
    }
    elapsedMs = Math.max(elapsedMs, endMs);
  };

  return {
    now: () => wallOffsetMs + elapsedMs,
    monotonicMs: () => elapsedMs,
    sleep: (ms, signal) => sleepBy(schedule, ms, signal),
    after: schedule,
    get pending() {
      return entries.size;
    },
    advance: (ms) => advanceUntil(elapsedMs + ms),
    advanceToNext: async () => {
      await settle();
      const entry = next();
      if (!entry) return false;
      await advanceUntil(entry.dueMs);
      return true;
    },
    waitForPending: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (entries.size < count) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    setWallTime: (ms) => {
      wallOffsetMs = ms - elapsedMs;
    },
  };
}

/** A turn of the event loop, so that all promises that are ready have run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
