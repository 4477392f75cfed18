/**
 * One read for all who ask at the same time. Whoever asks after a read was sent gets the next one, since the first may
 * have been answered before something that the caller knows of; no more than one is under way.
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
    this.#next = undefined;
    const reading = this.#read();
    this.#underWay = reading.catch(() => {});
    return reading;
  }
}
