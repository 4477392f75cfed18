import { ApiError } from '../api/meta/errors.ts';
import { createBackoff, type BackoffOptions } from '../component/backoff.ts';
import type { Deps } from '../component/deps.ts';
import { isNeverSent, TransportError } from './transport.ts';

/** A server that does not listen is not burdened by the question, so it is asked often: it is found soon after its start. */
export const whileAway = { initialMs: 50, maxMs: 1_000, jitter: 1 };
/** A server that stays away is told of again after this long, in ms. */
const repeatLogMs = 30_000;

/** What a loop that needs the API server does after a failure. */
export interface Retry {
  /**
   * Says that it failed, with the message given, and waits; resolves early when the signal aborts. That the server
   * cannot be reached is said once, then now and then; what a server answers each time.
   */
  after(error: unknown, message: string, signal: AbortSignal): Promise<void>;
  /** It worked: the next wait is a short one. */
  reset(): void;
}

/** Waits as `backoff` says after an answer, and more shortly where no connection could be made. */
export function createRetry(backoff: BackoffOptions, deps: Pick<Deps, 'clock' | 'random' | 'log'>): Retry {
  const { clock, log } = deps;
  const answered = createBackoff(backoff, deps);
  const away = createBackoff(whileAway, deps);
  let lastLogMs = -Infinity;
  return {
    after: async (error, message, signal) => {
      const isAnswer = error instanceof ApiError || !(error instanceof TransportError);
      if (isAnswer || clock.monotonicMs() - lastLogMs > repeatLogMs) {
        if (!isAnswer) lastLogMs = clock.monotonicMs();
        log.warn(message, { reason: error instanceof Error ? error.message : String(error) });
      }
      await (isNeverSent(error) ? away : answered).wait(signal).catch(() => {}); // aborted: the caller's loop looks
    },
    reset: () => {
      answered.reset();
      away.reset();
    },
  };
}
