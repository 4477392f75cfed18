import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { ApiResponse, ResponseSink } from '../request.ts';

type Outgoing = ServerResponse | Http2ServerResponse;

/** Connection-level headers that HTTP/2 does not allow never come from us; the rest go out as they are. */
export async function sendResponse(response: ApiResponse, outgoing: Outgoing, signal: AbortSignal): Promise<void> {
  if (response.body.kind === 'upgraded') return;
  const out = outgoing as ServerResponse;
  if (response.body.kind === 'bytes') {
    const { chunks } = response.body;
    let length = 0;
    for (const chunk of chunks) length += chunk.length;
    response.headers['content-length'] = String(length);
    out.writeHead(response.status, response.headers);
    if (chunks.length === 1) {
      out.end(chunks[0]);
      return;
    }
    // One small buffer costs less than several trips through TLS.
    if (length <= 64 * 1024) {
      out.end(Buffer.concat(chunks, length));
      return;
    }
    for (const chunk of chunks) out.write(chunk);
    out.end();
    return;
  }
  out.writeHead(response.status, response.headers);
  out.flushHeaders();
  const sink = new NodeSink(out);
  try {
    await response.body.write(sink, signal);
    out.end();
  } catch (error) {
    // What was promised cannot be kept: the client must not take the rest for the whole.
    out.destroy();
    throw error;
  }
}

class NodeSink implements ResponseSink {
  readonly #out: ServerResponse;
  #isCorked = false;

  constructor(out: ServerResponse) {
    this.#out = out;
  }

  get bufferedBytes(): number {
    return this.#out.writableLength;
  }

  /** What is written within one turn of the event loop goes out together. */
  write(chunk: Uint8Array): boolean {
    if (this.#out.destroyed || this.#out.writableEnded) return false;
    if (!this.#isCorked && typeof this.#out.cork === 'function') {
      this.#isCorked = true;
      this.#out.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.#out.uncork();
      });
    }
    return this.#out.write(chunk);
  }

  drained(): Promise<void> {
    const out = this.#out;
    if (out.destroyed || !out.writableNeedDrain) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        out.off('drain', done);
        out.off('close', done);
        resolve();
      };
      out.on('drain', done);
      out.on('close', done);
    });
  }
}
