import type { frameTypes } from './frames.ts';
import { frameHeaderBytes } from './frames.ts';

const slabBytes = 64 << 10;

/**
 * Puts the frames of one turn of the event loop together, so that they leave in one write. Bytes that were handed on are
 * never written to again.
 */
export class FrameWriter {
  readonly #write: (bytes: Buffer) => void;
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #start = 0;
  #at = 0;
  #flushing: NodeJS.Immediate | undefined;
  readonly #flush = (): void => {
    this.#flushing = undefined;
    this.#handOn();
  };

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  frame(type: number, flags: number, streamId: number, payload: Uint8Array, from = 0, to = payload.length): void {
    const length = to - from;
    this.#reserve(frameHeaderBytes + length);
    const slab = this.#slab;
    const at = this.#at;
    slab[at] = length >> 16;
    slab[at + 1] = length >> 8;
    slab[at + 2] = length;
    slab[at + 3] = type;
    slab[at + 4] = flags;
    slab.writeUInt32BE(streamId, at + 5);
    // `set` of a view costs more than a few bytes do.
    if (from === 0 && to === payload.length) slab.set(payload, at + frameHeaderBytes);
    else slab.set(payload.subarray(from, to), at + frameHeaderBytes);
    this.#at = at + frameHeaderBytes + length;
    this.#flushing ??= setImmediate(this.#flush);
  }

  /** A frame whose payload is one number of 32 bits. */
  number(type: typeof frameTypes.windowUpdate | typeof frameTypes.rstStream, streamId: number, value: number): void {
    const payload = Buffer.allocUnsafe(4);
    payload.writeUInt32BE(value);
    this.frame(type, 0, streamId, payload);
  }

  raw(bytes: Buffer): void {
    this.#reserve(bytes.length);
    this.#slab.set(bytes, this.#at);
    this.#at += bytes.length;
    this.#flushing ??= setImmediate(this.#flush);
  }

  /** Hands on what there is, and forgets it. */
  end(): void {
    clearImmediate(this.#flushing);
    this.#flush();
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#slab.length) return;
    this.#handOn();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes));
    this.#start = this.#at = 0;
  }

  #handOn(): void {
    if (this.#at === this.#start) return;
    this.#write(this.#slab.subarray(this.#start, this.#at));
    this.#start = this.#at;
  }
}
