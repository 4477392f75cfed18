/** Bytes are handed on in blocks of this size: large enough for TLS and the system call, small enough to wait for. */
export const blockBytes = 256 * 1024;
/** Writers wait for their client once it has so many bytes to read. */
export const aheadBytes = 2 * blockBytes;

/** Blocks kept for whoever is next. */
const maxFree = 24;

/**
 * Memory that long answers are written into, used over and over: fresh memory for each would make the garbage collector
 * look through the whole watch cache every few lists.
 */
export class BlockPool {
  readonly #free: Buffer[] = [];

  /** A block, or something larger where that is asked for; what is in it is not told. */
  take(bytes = blockBytes): Buffer {
    if (bytes > blockBytes) return Buffer.allocUnsafeSlow(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(blockBytes);
  }

  /** Takes back what `take` gave, whole or its beginning. Nobody may look at it any longer. */
  give({ buffer }: Buffer): void {
    if (buffer.byteLength === blockBytes && this.#free.length < maxFree) this.#free.push(Buffer.from(buffer));
  }
}
