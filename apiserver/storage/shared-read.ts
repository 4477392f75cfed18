/**
 * One read for all who ask at the same time. Whoever asks after a read was sent gets the next one, since the first may
 * have been answered before something that the caller knows of; no more than one is under way. A read begins when the turn
 * of the event loop ends, so that requests which came in together share it.
 */
export class SharedRead<T> {
  readonly #read: () => Promise<T>;
  #underWay: Promise<unknown> | undefined;
  #next: Promise<T> | undefined;

  constructor(read: () => Promise<T>) {
    this.#read = read;
  }

  /** What a read that began after this call answered. */
  get(): Promise<T> {
    return (this.#next ??= this.#start());
  }

  async #start(): Promise<T> {
    await this.#underWay;
    await endOfTurn();
    this.#next = undefined;
    const reading = this.#read();
    this.#underWay = reading.catch(() => {});
    return reading;
  }
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
