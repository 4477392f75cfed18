import type { Clock } from '../component/clock.ts';
import type { Usage } from './process-usage.ts';

/** What one scenario came to. Latencies are in milliseconds. */
export interface Measurement {
  readonly count: number;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  /** Bytes of answers, per second, in millions. */
  readonly megabytesPerSecond: number;
  readonly failed: number;
  readonly firstFailure?: string;
  readonly usage?: Usage;
}

export interface Outcome {
  readonly bytes: number;
  readonly failure?: string;
}

/** Collects latencies and outcomes of operations that run side by side. */
export class Meter {
  readonly #latenciesMs: number[] = [];
  #bytes = 0;
  #failed = 0;
  #firstFailure: string | undefined;

  add(latencyMs: number, { bytes, failure }: Outcome): void {
    this.#latenciesMs.push(latencyMs);
    this.#bytes += bytes;
    if (failure === undefined) return;
    this.#failed++;
    this.#firstFailure ??= failure;
  }

  /** Operations that never came to an end. */
  addMissing(count: number, failure: string): void {
    if (count <= 0) return;
    this.#failed += count;
    this.#firstFailure ??= failure;
  }

  result(seconds: number): Measurement {
    const sorted = Float64Array.from(this.#latenciesMs).sort();
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
    return {
      count: sorted.length,
      seconds,
      perSecond: sorted.length / seconds,
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      maxMs: at(1),
      megabytesPerSecond: this.#bytes / 1e6 / seconds,
      failed: this.#failed,
      ...(this.#firstFailure === undefined ? {} : { firstFailure: this.#firstFailure }),
    };
  }
}

/** Runs `count` operations, `concurrency` at a time, each as soon as one before it has ended. */
export async function measure(
  load: { readonly count: number; readonly concurrency: number; readonly clock: Clock },
  operation: (index: number) => Promise<Outcome>,
): Promise<Measurement> {
  const { count, concurrency, clock } = load;
  const meter = new Meter();
  let next = 0;
  const startMs = clock.monotonicMs();
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const beginMs = clock.monotonicMs();
      let outcome: Outcome;
      try {
        outcome = await operation(index);
      } catch (error) {
        // A broken connection is a failure of this operation, not of the whole load.
        outcome = { bytes: 0, failure: error instanceof Error ? error.message : String(error) };
      }
      meter.add(clock.monotonicMs() - beginMs, outcome);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, work));
  return meter.result(Math.max((clock.monotonicMs() - startMs) / 1000, 1e-9));
}
