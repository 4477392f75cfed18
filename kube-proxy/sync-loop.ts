import type { Deps } from '../component/deps.ts';

export interface SyncLoopOptions {
  /** At least this long between the starts of two syncs; the first after a quiet time starts at once. */
  readonly minPeriodMs: number;
  /** A sync at least this often, though nothing has changed. */
  readonly maxPeriodMs: number;
  readonly sync: () => Promise<void>;
}

const retryMs = { first: 250, max: 10_000 };

/** Runs `sync` after changes: never two at once, changes that come meanwhile gathered into the next, failures tried again. */
export class SyncLoop {
  readonly #options: SyncLoopOptions;
  readonly #deps: Pick<Deps, 'clock' | 'log'>;
  #isDirty = false;
  #wake: (() => void) | undefined;
  #lastSuccessMs: number | undefined;
  #dirtySinceMs: number | undefined;

  constructor(options: SyncLoopOptions, deps: Pick<Deps, 'clock' | 'log'>) {
    this.#options = options;
    this.#deps = deps;
  }

  /** When a sync last succeeded, in ms of the wall clock; undefined before the first. */
  get lastSuccessMs(): number | undefined {
    return this.#lastSuccessMs;
  }

  /** Since when a change has been waiting, in ms of the wall clock; undefined while none does. */
  get dirtySinceMs(): number | undefined {
    return this.#dirtySinceMs;
  }

  /** Something has changed. */
  trigger(): void {
    this.#isDirty = true;
    this.#dirtySinceMs ??= this.#deps.clock.now();
    this.#wake?.();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    let backoffMs = retryMs.first;
    while (!signal.aborted) {
      if (!this.#isDirty) await this.#sleepUnlessWoken(this.#options.maxPeriodMs, signal);
      if (signal.aborted) return;
      const startedMs = clock.monotonicMs();
      const since = this.#dirtySinceMs;
      this.#isDirty = false;
      try {
        await this.#options.sync();
        this.#lastSuccessMs = clock.now();
        if (!this.#isDirty || this.#dirtySinceMs === since)
          this.#dirtySinceMs = this.#isDirty ? this.#lastSuccessMs : undefined;
        backoffMs = retryMs.first;
        await this.#pause(this.#options.minPeriodMs - (clock.monotonicMs() - startedMs), signal);
      } catch (error) {
        log.error('syncing failed, trying again', { error, retryMs: backoffMs });
        this.trigger();
        await this.#pause(backoffMs, signal);
        backoffMs = Math.min(backoffMs * 2, retryMs.max);
      }
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    if (ms > 0) await this.#deps.clock.sleep(ms, signal).catch(() => undefined); // aborted: the loop ends by its condition
  }

  async #sleepUnlessWoken(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await this.#deps.clock.sleep(ms, AbortSignal.any([signal, woken.signal])).catch(() => undefined); // either way it is time to look
    this.#wake = undefined;
  }
}
