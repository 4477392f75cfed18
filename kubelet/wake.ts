import type { Clock } from '../component/clock.ts';

/** A bell that one loop waits on: rung any number of times while nobody waits, it wakes once. */
export interface Wake {
  ring(): void;
  /** Resolves when rung (also before the call), after `ms`, or when the signal aborts. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** Nobody has rung yet. */
export function createWake(clock: Clock): Wake {
  let isRung = false;
  let waiter: (() => void) | undefined;
  return {
    ring: () => {
      isRung = true;
      waiter?.();
    },
    wait: async (ms, signal) => {
      if (!isRung && !signal.aborted) {
        const woken = Promise.withResolvers<void>();
        waiter = woken.resolve;
        const timer = Number.isFinite(ms) ? clock.after(Math.max(0, ms), woken.resolve) : undefined;
        signal.addEventListener('abort', waiter, { once: true });
        await woken.promise;
        timer?.cancel();
        signal.removeEventListener('abort', waiter);
        waiter = undefined;
      }
      isRung = false;
    },
  };
}
