import type { Deps } from '../component/deps.ts';
import type { Timer } from '../component/clock.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { createQueueMetrics } from './work-queue-metrics.ts';

/**
 * Keys waiting to be worked on, with client-go's promises: a key added many times waits once; a key that is being
 * worked on is not given out a second time, and one added meanwhile comes again after `done`; first come, first served.
 */
export interface WorkQueue {
  /** Keys that wait to be given out. */
  readonly length: number;
  readonly isShutDown: boolean;
  add(key: string): void;
  /** As `add` after `ms`; of several waits for one key the earliest counts. */
  addAfter(key: string, ms: number): void;
  /** As `addAfter` with a wait that doubles at each call for the key, until `forget`. */
  addRateLimited(key: string): void;
  /** The key worked: its next `addRateLimited` waits least again. */
  forget(key: string): void;
  /** Calls of `addRateLimited` for the key since it was forgotten. */
  retries(key: string): number;
  /**
   * The next key, as soon as there is one; call `done` with it afterwards. Undefined once the queue is shut down and
   * empty. Rejects with the signal's reason; no key is lost by that.
   */
  next(signal?: AbortSignal): Promise<string | undefined>;
  done(key: string): void;
  /** Takes nothing more, drops delayed keys; what waits is still given out. */
  shutDown(): void;
}

export interface WorkQueueOptions {
  /** Label `name` of its metrics. */
  readonly name: string;
  /** First wait of `addRateLimited`, in ms. */
  readonly baseDelayMs?: number;
  readonly maxDelayMs?: number;
  /** Over all keys: retries a second, and how many may go at once before that counts. */
  readonly qps?: number;
  readonly burst?: number;
}

interface Waiter {
  give(key: string | undefined): void;
}

/** An empty queue. */
export function createWorkQueue(options: WorkQueueOptions, deps: Pick<Deps, 'clock' | 'metrics'>): WorkQueue {
  const { baseDelayMs = 5, maxDelayMs = 1_000_000, qps = 10, burst = 100 } = options;
  const { clock } = deps;
  const metrics = createQueueMetrics(options.name, deps);
  const bucket = createRateLimiter({ qps, burst }, deps);
  /** Waiting or to be given out again; a Set keeps the order of arrival. */
  const dirty = new Set<string>();
  const processing = new Set<string>();
  const ready = new Set<string>();
  const waiters = new Set<Waiter>();
  const delayed = new Map<string, { readonly dueMs: number; readonly timer: Timer }>();
  const failures = new Map<string, number>();
  let isShutDown = false;

  const giveOut = (key: string): string => {
    processing.add(key);
    dirty.delete(key);
    metrics.started(key, ready.size);
    return key;
  };
  const enqueue = (key: string): void => {
    const waiter = waiters.values().next().value;
    if (waiter) {
      waiters.delete(waiter);
      waiter.give(giveOut(key));
    } else {
      ready.add(key);
      metrics.depth(ready.size);
    }
  };
  const finishWaiters = (): void => {
    if (!isShutDown || ready.size > 0) return;
    for (const waiter of waiters) waiter.give(undefined);
    waiters.clear();
  };

  const queue: WorkQueue = {
    get length() {
      return ready.size;
    },
    get isShutDown() {
      return isShutDown;
    },
    add: (key) => {
      if (isShutDown || dirty.has(key)) return;
      metrics.added(key);
      dirty.add(key);
      if (!processing.has(key)) enqueue(key);
    },
    addAfter: (key, ms) => {
      if (isShutDown) return;
      if (ms <= 0) return queue.add(key);
      const dueMs = clock.monotonicMs() + ms;
      const known = delayed.get(key);
      if (known && known.dueMs <= dueMs) return;
      known?.timer.cancel();
      const timer = clock.after(ms, () => {
        delayed.delete(key);
        queue.add(key);
      });
      delayed.set(key, { dueMs, timer });
    },
    addRateLimited: (key) => {
      if (isShutDown) return;
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      metrics.retried();
      queue.addAfter(key, Math.max(Math.min(baseDelayMs * 2 ** count, maxDelayMs), bucket.reserveMs()));
    },
    forget: (key) => void failures.delete(key),
    retries: (key) => failures.get(key) ?? 0,
    next: (signal) => {
      if (signal?.aborted) return Promise.reject(signal.reason as Error);
      const first = ready.values().next().value;
      if (first !== undefined) {
        ready.delete(first);
        return Promise.resolve(giveOut(first));
      }
      if (isShutDown) return Promise.resolve(undefined);
      return new Promise((resolve, reject) => {
        const onAbort = (): void => {
          waiters.delete(waiter);
          reject(signal!.reason as Error);
        };
        const waiter: Waiter = {
          give: (key) => {
            signal?.removeEventListener('abort', onAbort);
            resolve(key);
          },
        };
        waiters.add(waiter);
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    done: (key) => {
      if (!processing.delete(key)) return;
      metrics.finished(key);
      if (dirty.has(key)) enqueue(key);
      finishWaiters();
    },
    shutDown: () => {
      isShutDown = true;
      for (const { timer } of delayed.values()) timer.cancel();
      delayed.clear();
      finishWaiters();
    },
  };
  return queue;
}
