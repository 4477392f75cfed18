/** Time as code is given it, so that tests and embedded clusters can turn it. Only `component/` touches the world's. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds of a clock that never goes back; only differences mean something. */
  monotonicMs(): number;
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms` unless cancelled. The timer does not keep the process alive. */
  after(ms: number, run: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** RFC 3339 with six digits, as `metav1.MicroTime` is written. */
export function formatMicroTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** The `sleep` of a clock with this way to start a timer. */
export function sleepBy(
  start: (ms: number, run: () => void) => Timer,
  ms: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const stop = (): void => {
      timer.cancel();
      reject(signal!.reason as Error);
    };
    const timer = start(ms, () => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    signal?.addEventListener('abort', stop, { once: true });
  });
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => sleepBy(startTimer, ms, signal),
  after: (ms, run) => startTimer(ms, run, { keepsAlive: false }),
};

/** Node fires timers that are set for longer at once. */
const longestMs = 2 ** 31 - 1;

/** A timer of any length, as one certificate's life is longer than Node's longest. */
function startTimer(ms: number, run: () => void, { keepsAlive } = { keepsAlive: true }): Timer {
  let timer: NodeJS.Timeout;
  const start = (leftMs: number): void => {
    timer = leftMs > longestMs ? setTimeout(() => start(leftMs - longestMs), longestMs) : setTimeout(run, leftMs);
    if (!keepsAlive) timer.unref();
  };
  start(ms);
  return { cancel: () => clearTimeout(timer) };
}
