/**
 * One read for all who ask at the same time. Whoever asks after a read was sent gets a later one, since the first may
 * have been answered before something that the caller knows of. A read begins when the turn of the event loop ends, so
 * that requests which came in together share it, and not before one of those under way has ended where these are `most`.
 */
export class SharedRead<T> {
  readonly #read: () => Promise<T>;
  readonly #most: number;
  #underWay = 0;
  #next: Promise<T> | undefined;
  /** Called when a read has ended, where the next one waits for that. */
  #wake: (() => void) | undefined;

  constructor(read: () => Promise<T>, most: number) {
    this.#read = read;
    this.#most = most;
  }

  /** What a read that began after this call answered. */
  get(): Promise<T> {
    return (this.#next ??= this.#start());
  }

  async #start(): Promise<T> {
    await endOfTurn();
    if (this.#underWay >= this.#most) await new Promise<void>((resolve) => void (this.#wake = resolve));
    this.#next = undefined;
    this.#underWay++;
    try {
      return await this.#read();
    } finally {
      this.#underWay--;
      this.#wake?.();
      this.#wake = undefined;
    }
  }
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
