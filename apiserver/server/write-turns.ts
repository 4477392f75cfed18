/** Whoever has something to write at the end of a turn of the event loop. */
interface Flushable {
  flush(): unknown;
}

/**
 * Gathers what the streams of a server write within one turn of the event loop, so that each stream writes once a turn
 * however many events there are. Most watchers of a resource write the same: it is joined once for all of them.
 */
export class WriteTurns {
  #waiting: Flushable[] = [];
  #parts: readonly Uint8Array[] = [];
  #joined: Buffer | undefined;

  flushSoon(stream: Flushable): void {
    if (this.#waiting.push(stream) === 1) setImmediate(flushAll, this);
  }

  flushAll(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const stream of waiting) stream.flush();
    this.#parts = [];
    this.#joined = undefined;
  }

  /** The parts as one buffer, which others may hold too. */
  join(parts: readonly Uint8Array[]): Buffer {
    if (this.#joined && isSame(parts, this.#parts)) return this.#joined;
    this.#parts = parts;
    return (this.#joined = Buffer.concat(parts));
  }
}

const flushAll = (turns: WriteTurns): void => turns.flushAll();

function isSame(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
