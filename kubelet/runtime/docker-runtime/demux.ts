import { PassThrough, type Readable } from 'node:stream';

export interface Demuxed {
  readonly stdout: Readable;
  readonly stderr: Readable;
}

export interface Frame {
  readonly stream: 'stdout' | 'stderr';
  readonly data: Buffer;
}

/**
 * Takes Docker's multiplexed bytes apart: frames of a type byte, three zeros, a big-endian length, and data. Data is handed
 * on as it comes, so a frame may arrive in several pieces and memory does not grow with a frame.
 */
export class FrameParser {
  #header = Buffer.alloc(0);
  #stream: Frame['stream'] = 'stdout';
  #left = 0;

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const data = chunk.subarray(at, at + this.#left);
        frames.push({ stream: this.#stream, data });
        this.#left -= data.length;
        at += data.length;
        continue;
      }
      const needed = 8 - this.#header.length;
      this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + needed)]);
      at += needed;
      if (this.#header.length < 8) break;
      this.#stream = this.#header[0] === 2 ? 'stderr' : 'stdout';
      this.#left = this.#header.readUInt32BE(4);
      this.#header = Buffer.alloc(0);
    }
    return frames;
  }
}

/**
 * Two streams out of one, with back-pressure from both: whoever asks for stderr must read it too. Both end, or fail, when
 * the source does.
 */
export function demux(source: Readable): Demuxed {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  void pump(source, streams);
  return streams;
}

async function pump(source: Readable, streams: { stdout: PassThrough; stderr: PassThrough }): Promise<void> {
  const parser = new FrameParser();
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      for (const { stream, data } of parser.push(chunk)) {
        const out = streams[stream];
        if (out.destroyed) continue;
        if (!out.write(data)) await writable(out);
      }
    }
    streams.stdout.end();
    streams.stderr.end();
  } catch (error) {
    streams.stdout.destroy(error as Error);
    streams.stderr.destroy(error as Error);
  }
}

/** Resolves when more may be written, or nobody reads any more. */
function writable(out: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      out.off('drain', done).off('close', done);
      resolve();
    };
    out.on('drain', done).on('close', done);
  });
}
