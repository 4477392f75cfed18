/**
 * Tells of the end of a request that nobody waits for any more. Most requests are answered before anybody asks, and a
 * signal costs more than reading an object; so it is made for the first who wants it.
 */
export class ClientSignal {
  #controller: AbortController | undefined;
  #reason: Error | undefined;
  /** Told of the end without a signal: who reads the body. */
  #listener: ((reason: Error) => void) | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#reason) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** Calls the one listener when the request ends, at once where it has; undefined takes it away. */
  set listener(listener: ((reason: Error) => void) | undefined) {
    this.#listener = listener;
    if (this.#reason) listener?.(this.#reason);
  }

  abort(reason: Error): void {
    if (this.#reason) return;
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#listener?.(reason);
  }
}
