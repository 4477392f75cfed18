import type { Deps } from '../component/deps.ts';

/** A bucket that fills with `qps` tokens a second and holds `burst`. */
export interface RateLimiter {
  /** Resolves when a token is there, in the order of the calls; rejects with the signal's reason. */
  take(signal?: AbortSignal): Promise<void>;
  /** How long a caller that takes a token now must wait, in ms. The token is taken. */
  reserveMs(): number;
  /** Takes a token if one is there now. */
  tryTake(): boolean;
}

/** A full bucket of `burst` tokens, filled by `qps` a second. */
export function createRateLimiter(
  options: { readonly qps: number; readonly burst: number },
  deps: Pick<Deps, 'clock'>,
): RateLimiter {
  const { qps, burst } = options;
  let tokens = burst;
  let lastMs = deps.clock.monotonicMs();
  const refill = (): void => {
    const now = deps.clock.monotonicMs();
    tokens = Math.min(burst, tokens + ((now - lastMs) / 1000) * qps);
    lastMs = now;
  };
  const reserveMs = (): number => {
    refill();
    tokens -= 1;
    return tokens >= 0 ? 0 : (-tokens / qps) * 1000;
  };
  return {
    reserveMs,
    tryTake: () => {
      refill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
    take: async (signal) => {
      const waitMs = reserveMs();
      if (waitMs === 0) return;
      try {
        await deps.clock.sleep(waitMs, signal);
      } catch (error) {
        tokens += 1; // not used
        throw error;
      }
    },
  };
}
