const maxRetryAfterSeconds = 32;

/**
 * What `Retry-After` tells the clients of one priority level: one second, doubled while three or more requests a second are
 * turned away, and a second less again when fewer than one a second are.
 */
export class DroppedRequests {
  #retryAfterSeconds = 1;
  #raisedAtSecond = 0;
  #second = 0;
  #count = 0;
  /** Earlier seconds in which requests were dropped, oldest first. */
  #history: { readonly second: number; readonly count: number }[] = [];

  get retryAfterSeconds(): number {
    return this.#retryAfterSeconds;
  }

  /** @param nowMs milliseconds since the epoch */
  add(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second === this.#second) {
      this.#count++;
      return;
    }
    if (this.#count > 0) this.#history.push({ second: this.#second, count: this.#count });
    this.#history = this.#history.filter((entry) => second - entry.second <= maxRetryAfterSeconds);
    this.#second = second;
    this.#count = 1;
    this.#adjust(second);
  }

  #adjust(second: number): void {
    const seconds = this.#retryAfterSeconds;
    const dropped = this.#history
      .filter((entry) => second - entry.second <= seconds)
      .reduce((sum, { count }) => sum + count, 0);
    if (second - this.#raisedAtSecond >= seconds && dropped >= 3 * seconds) {
      this.#retryAfterSeconds = Math.min(2 * seconds, maxRetryAfterSeconds);
      this.#raisedAtSecond = second;
    } else if (dropped < seconds && seconds > 1) {
      this.#retryAfterSeconds--;
    }
  }
}
