import type { Deps } from './deps.ts';

export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  /** Each wait is this many times the one before; 2 where nothing is said. */
  readonly factor?: number;
  /** A wait is lengthened by up to this share of itself, so that many clients do not come back at once; 0 is none. */
  readonly jitter?: number;
  /** After this long without a wait the next begins from `initialMs` again; never where nothing is said. */
  readonly resetAfterMs?: number;
}

/** Waits that grow. */
export interface Backoff {
  /** The next wait in ms; each call makes the one after longer. */
  next(): number;
  /** Sleeps the next wait; rejects with the signal's reason. */
  wait(signal?: AbortSignal): Promise<void>;
  /** What was tried worked: begin from `initialMs`. */
  reset(): void;
}

/** Waits that grow from the first on. */
export function createBackoff(options: BackoffOptions, deps: Pick<Deps, 'clock' | 'random'>): Backoff {
  const { initialMs, maxMs, factor = 2, jitter = 0, resetAfterMs } = options;
  let base = initialMs;
  let lastMs = deps.clock.monotonicMs();
  const next = (): number => {
    const now = deps.clock.monotonicMs();
    if (resetAfterMs !== undefined && now - lastMs >= resetAfterMs) base = initialMs;
    const wait = Math.min(base, maxMs);
    base = Math.min(base * factor, maxMs);
    lastMs = now;
    return wait * (1 + deps.random.next() * jitter);
  };
  return {
    next,
    wait: (signal) => deps.clock.sleep(next(), signal),
    reset: () => {
      base = initialMs;
    },
  };
}
