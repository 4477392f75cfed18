import type { Clock } from './clock.ts';

export interface TimeLimit {
  readonly clock: Pick<Clock, 'after'>;
  readonly ms: number;
  /** What the signal of the work aborts with once the time is over. */
  readonly reason: () => Error;
  /** Aborts that of the work, too. */
  readonly signal?: AbortSignal;
}

/** Does the work with a signal that aborts once the time is over. Settles as the work does, which has to heed it. */
export async function withTimeLimit<T>(
  { clock, ms, reason, signal }: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const timer = clock.after(ms, () => late.abort(reason()));
  try {
    return await work(signal ? AbortSignal.any([signal, late.signal]) : late.signal);
  } finally {
    timer.cancel();
  }
}
