import type { ServerResponse } from 'node:http';
import { constants, type ServerHttp2Stream } from 'node:http2';
import type { Writable } from 'node:stream';
import type { ApiResponse, ResponseSink } from '../request.ts';
import type { ClientSignal } from './client-signal.ts';
import type { WriteTurns } from './write-turns.ts';

/** What sending an answer takes beside the connection. */
export interface SendDeps {
  readonly client: ClientSignal;
  readonly turns: WriteTurns;
}

/** Several buffers of no more than this cost less joined than as trips through TLS. */
const joinBytes = 64 * 1024;
/** An answer of more than this goes out in pieces of it. */
const pieceBytes = 256 * 1024;

/**
 * Connection-level headers, which HTTP/2 does not allow, never come from us; the rest go out as they are. `beforeEnd`: what
 * the end of a whole answer waits for, after all of it was written.
 */
export async function sendHttp1Response(
  response: ApiResponse,
  out: ServerResponse,
  deps: SendDeps,
  beforeEnd?: Promise<void>,
): Promise<void> {
  const { status, headers, body } = response;
  if (body.kind === 'upgraded') return;
  if (body.kind === 'bytes') {
    headers['content-length'] = String(byteLength(body.chunks));
    out.writeHead(status, headers);
    if (beforeEnd) {
      for (const chunk of body.chunks) out.write(chunk);
      await beforeEnd;
      out.end();
    } else endWith(out, body.chunks);
    return;
  }
  out.writeHead(status, headers);
  out.flushHeaders();
  await stream(body.write, out, deps, () => out.destroy());
}

/**
 * Resolves once the answer has been handed to the stream, which need not have sent it yet. A stream body that fails
 * resets the HTTP/2 stream and rejects. The response's headers are written to.
 */
export async function sendHttp2Response(response: ApiResponse, out: ServerHttp2Stream, deps: SendDeps): Promise<void> {
  const { status, headers, body } = response;
  if (body.kind === 'upgraded') return;
  const withStatus: Record<string, string | string[] | number> = headers;
  withStatus[':status'] = status;
  if (body.kind === 'bytes') {
    withStatus['content-length'] = String(byteLength(body.chunks));
    out.respond(withStatus);
    // A HEAD, or a status that has no body, has ended with its headers.
    if (!out.writableEnded) endWith(out, body.chunks);
    return;
  }
  out.respond(withStatus);
  if (out.writableEnded) return;
  await stream(body.write, out, deps, () => out.close(constants.NGHTTP2_INTERNAL_ERROR));
}

function byteLength(chunks: readonly Uint8Array[]): number {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return length;
}

function endWith(out: Writable, chunks: readonly Uint8Array[]): void {
  const length = byteLength(chunks);
  if (length > pieceBytes) endInPieces(out, chunks);
  else if (chunks.length === 1) out.end(chunks[0]);
  else if (length <= joinBytes) out.end(Buffer.concat(chunks));
  else {
    for (const chunk of chunks) out.write(chunk);
    out.end();
  }
}

/**
 * Hands over no more than the peer takes: an HTTP/2 session refuses further streams while more waits in it than
 * `maxSessionMemory`, and large answers to several requests at once would.
 */
function endInPieces(out: Writable, chunks: readonly Uint8Array[]): void {
  let chunk = 0;
  let offset = 0;
  const goOn = (): void => {
    while (chunk < chunks.length) {
      const piece = chunks[chunk]!.subarray(offset, offset + pieceBytes);
      offset += piece.length;
      if (offset >= chunks[chunk]!.length) {
        chunk++;
        offset = 0;
      }
      if (!out.write(piece) && chunk < chunks.length) return;
    }
    out.off('drain', goOn);
    out.end();
  };
  out.on('drain', goOn);
  goOn();
}

async function stream(
  write: (sink: ResponseSink, signal: AbortSignal) => Promise<void>,
  out: Writable,
  { client, turns }: SendDeps,
  cut: () => void,
): Promise<void> {
  const sink = new NodeSink(out, turns);
  try {
    await write(sink, client.signal);
    sink.flush();
    out.end();
  } catch (error) {
    // What was promised cannot be kept: the client must not take the rest for the whole.
    cut();
    throw error;
  }
}

/** What is written within one turn of the event loop goes out together. */
class NodeSink implements ResponseSink {
  readonly #out: Writable;
  readonly #turns: WriteTurns;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(out: Writable, turns: WriteTurns) {
    this.#out = out;
    this.#turns = turns;
  }

  get bufferedBytes(): number {
    return this.#out.writableLength + this.#waitingBytes;
  }

  write(chunk: Uint8Array, sent?: () => void): boolean {
    const out = this.#out;
    if (out.destroyed || out.writableEnded) return false;
    if (chunk.length >= joinBytes || sent) {
      this.flush();
      return out.write(chunk, (error) => {
        if (!error) sent?.();
      });
    }
    if (this.#waiting.push(chunk) === 1) this.#turns.flushSoon(this);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes >= joinBytes) return this.flush();
    return this.bufferedBytes < out.writableHighWaterMark;
  }

  /** False where the peer is slow. */
  flush(): boolean {
    const out = this.#out;
    const chunks = this.#waiting;
    if (chunks.length === 0) return !out.writableNeedDrain;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (out.destroyed || out.writableEnded) return false;
    return out.write(chunks.length === 1 ? chunks[0] : this.#turns.join(chunks));
  }

  drained(): Promise<void> {
    this.flush();
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
