import type { ResponseSink } from '../request.ts';
import { blockBytes, type BlockPool } from './block-pool.ts';

/** Joins small pieces into blocks of the pool, and writes each once it is full. */
export class BlockWriter {
  readonly #pool: BlockPool;
  readonly #sink: ResponseSink;
  #block: Buffer | undefined;
  #used = 0;

  /** `bytes`: about how many there will be, so that few bytes do not occupy a whole block. */
  constructor(pool: BlockPool, sink: ResponseSink, bytes: number) {
    this.#pool = pool;
    this.#sink = sink;
    if (bytes < blockBytes / 2) this.#block = Buffer.allocUnsafe(bytes);
  }

  /** What is given at once is written at once. */
  add(parts: readonly Uint8Array[]): void {
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    if (this.#block && this.#used + bytes > this.#block.length) this.flush();
    this.#block ??= this.#pool.take(Math.max(bytes, blockBytes));
    for (const part of parts) {
      this.#block.set(part, this.#used);
      this.#used += part.length;
    }
  }

  flush(): void {
    const block = this.#block;
    if (block && this.#used > 0) this.#sink.write(block.subarray(0, this.#used), () => this.#pool.give(block));
    this.#block = undefined;
    this.#used = 0;
  }
}
