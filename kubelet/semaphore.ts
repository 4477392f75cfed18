/** Lets a number of things run at a time; the others wait their turn, first come, first served. */
export interface Semaphore {
  /** Runs when there is room; rejects with the signal's reason if it aborts before that. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** Lets `limit` in at a time, the others in the order in which they came. */
export function createSemaphore(limit: number): Semaphore {
  let running = 0;
  const waiting: (() => void)[] = [];
  const enter = (signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    if (running < limit) {
      running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', leave);
        resolve(); // the place of the one that left is ours: `running` stays
      };
      const leave = (): void => {
        waiting.splice(waiting.indexOf(go), 1);
        reject(signal.reason as Error);
      };
      waiting.push(go);
      signal.addEventListener('abort', leave, { once: true });
    });
  };
  return {
    run: async (signal, work) => {
      await enter(signal);
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else running--;
      }
    },
  };
}
