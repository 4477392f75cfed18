import type { Clock } from '../../component/clock.ts';

/** How much of the last smoothed value stays at each update: with one every ten seconds half of it is gone in five minutes. */
const smoothing = 0.977;

export interface SeatDemandStatistics {
  readonly highWatermark: number;
  readonly average: number;
  readonly standardDeviation: number;
  /** Follows rises at once and falls slowly. */
  readonly smoothed: number;
}

/** Watches over time how many seats a priority level wants: those in use and those waited for. */
export class SeatDemand {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #value = 0;
  #sinceMs: number;
  #beganMs: number;
  #highest = 0;
  /** Integrals over time of the value and of its square. */
  #sum = 0;
  #sumOfSquares = 0;
  #smoothed = 0;

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
    this.#beganMs = this.#sinceMs = clock.monotonicMs();
  }

  set(value: number, nowMs: number): void {
    const elapsedMs = nowMs - this.#sinceMs;
    this.#sum += elapsedMs * this.#value;
    this.#sumOfSquares += elapsedMs * this.#value * this.#value;
    this.#sinceMs = nowMs;
    this.#value = value;
    if (value > this.#highest) this.#highest = value;
  }

  /** What was seen since the last call, and begins anew. */
  take(): SeatDemandStatistics {
    const nowMs = this.#clock.monotonicMs();
    this.set(this.#value, nowMs);
    const elapsedMs = nowMs - this.#beganMs;
    const average = elapsedMs > 0 ? this.#sum / elapsedMs : this.#value;
    const variance = elapsedMs > 0 ? Math.max(0, this.#sumOfSquares / elapsedMs - average * average) : 0;
    const standardDeviation = Math.sqrt(variance);
    const envelope = average + standardDeviation;
    if (elapsedMs > 0) this.#smoothed = Math.max(envelope, smoothing * this.#smoothed + (1 - smoothing) * envelope);
    const statistics = { highWatermark: this.#highest, average, standardDeviation, smoothed: this.#smoothed };
    this.#beganMs = nowMs;
    this.#sum = this.#sumOfSquares = 0;
    this.#highest = this.#value;
    return statistics;
  }
}
