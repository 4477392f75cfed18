import { ApiError } from '../../api/meta/errors.ts';
import type { Clock } from '../../component/clock.ts';

interface Waiter {
  readonly revision: number;
  readonly resolve: () => void;
}

/** Those who wait for the cache to come to a revision. */
export class RevisionWaiters {
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  advance(revision: number): void {
    for (const waiter of this.#waiters) {
      if (waiter.revision > revision) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Rejects after `timeoutMs` with upstream's 504, telling the revision that `current` answers then. */
  async wait(
    revision: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal; readonly current: () => number },
  ): Promise<void> {
    const { timeoutMs, signal, current } = options;
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { revision, resolve };
    const abort = (): void => reject(signal!.reason as Error);
    const timer = this.#clock.after(timeoutMs, () => reject(tooLargeResourceVersion(revision, current())));
    this.#waiters.add(waiter);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } finally {
      this.#waiters.delete(waiter);
      timer.cancel();
      signal?.removeEventListener('abort', abort);
    }
  }
}

/** Upstream's answer to a read at a revision that does not come in time. */
function tooLargeResourceVersion(requested: number, current: number): ApiError {
  return new ApiError('Timeout', `Timeout: Too large resource version: ${requested}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
}
