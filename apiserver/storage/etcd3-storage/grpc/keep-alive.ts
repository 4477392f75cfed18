import type { Clock, Timer } from '../../../../component/clock.ts';

/** A peer that has sent nothing for so long is asked for a sign of life, and has so long to give it. */
const silentMs = 10_000;
const answerWithinMs = 5_000;

export interface WatchedConnection {
  /** By the monotonic clock: when it last brought anything. */
  readonly receivedMs: () => number;
  /** False while nobody waits: servers do not like to be asked then (gRPC A8). */
  readonly isInUse: () => boolean;
  readonly ask: () => void;
  readonly dead: () => void;
}

/** Finds out that a connection is dead where somebody waits on it without a deadline. */
export class KeepAlive {
  readonly #clock: Clock;
  readonly #connection: WatchedConnection;
  #timer: Timer | undefined;

  constructor(clock: Clock, connection: WatchedConnection) {
    this.#clock = clock;
    this.#connection = connection;
  }

  /** Goes on for as long as the connection is in use; may be called again. */
  start(): void {
    this.#timer ??= this.#clock.after(silentMs, () => this.#look());
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #look(askedMs?: number): void {
    this.#timer = undefined;
    if (!this.#connection.isInUse()) return;
    const receivedMs = this.#connection.receivedMs();
    if (askedMs !== undefined && receivedMs < askedMs) return this.#connection.dead();
    const nowMs = this.#clock.monotonicMs();
    const waitMs = receivedMs + silentMs - nowMs;
    if (waitMs > 0) {
      this.#timer = this.#clock.after(waitMs, () => this.#look());
      return;
    }
    this.#connection.ask();
    this.#timer = this.#clock.after(answerWithinMs, () => this.#look(nowMs));
  }
}
