import { untilAborted } from '../component/until-aborted.ts';
import type { RawRequest, RawResponse } from './client.ts';
import { readText, type Transport } from './transport.ts';

/**
 * What an embedded API server is to a client: the shape of `apiserver/request.ts`, declared here again because imports
 * point one way. The two are checked against each other where they meet.
 */
export type InProcessHandler = (request: InProcessRequest) => Promise<InProcessResponse>;

export interface InProcessRequest {
  readonly method: string;
  readonly uri: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  body(maxBytes: number): Promise<Buffer>;
  readonly remoteAddress: string;
  readonly signal: AbortSignal;
}

export interface InProcessSink {
  write(chunk: Uint8Array): boolean;
  drained(): Promise<void>;
  readonly bufferedBytes: number;
}

export interface InProcessResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body:
    | { readonly kind: 'bytes'; readonly chunks: readonly Uint8Array[] }
    | { readonly kind: 'stream'; readonly write: (sink: InProcessSink, signal: AbortSignal) => Promise<void> }
    | { readonly kind: 'upgraded' };
}

export interface InProcessOptions {
  /** Put on every request: `authorization: Bearer …` says who asks. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes a reader may be behind before the writer is told to wait. */
const highWaterBytes = 1 << 20;

/** Calls an API server in this process: the same bytes as over a socket, without one. */
export function createInProcessTransport(handle: InProcessHandler, options: InProcessOptions = {}): Transport {
  const open = new Set<AbortController>();
  return {
    url: 'in-process://',
    request: async (request) => {
      request.signal?.throwIfAborted();
      const connection = new AbortController();
      open.add(connection);
      const abort = (): void => connection.abort(request.signal?.reason);
      request.signal?.addEventListener('abort', abort, { once: true });
      const end = (): void => {
        request.signal?.removeEventListener('abort', abort);
        open.delete(connection);
      };
      try {
        const answer = await untilAborted(handle(toRequest(request, options, connection.signal)), connection.signal);
        return toResponse(answer, connection, end);
      } catch (error) {
        end();
        throw error;
      }
    },
    close: () => {
      for (const connection of open) connection.abort(new Error('the transport is closed'));
    },
  };
}

function toRequest(request: RawRequest, options: InProcessOptions, signal: AbortSignal): InProcessRequest {
  const question = request.path.indexOf('?');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...options.headers, ...request.headers })) {
    headers[name.toLowerCase()] = value;
  }
  return {
    method: request.method,
    uri: request.path,
    path: question < 0 ? request.path : request.path.slice(0, question),
    query: new URLSearchParams(question < 0 ? '' : request.path.slice(question + 1)),
    headers,
    body: (maxBytes) => {
      const bytes = Buffer.from(request.body ?? '');
      return bytes.length > maxBytes
        ? Promise.reject(new Error(`request body of ${bytes.length} bytes exceeds ${maxBytes}`))
        : Promise.resolve(bytes);
    },
    remoteAddress: '127.0.0.1',
    signal,
  };
}

function toResponse(answer: InProcessResponse, connection: AbortController, end: () => void): RawResponse {
  const body = bodyOf(answer, connection, end);
  return { status: answer.status, headers: answer.headers, body, text: () => readText(body) };
}

async function* bodyOf(
  answer: InProcessResponse,
  connection: AbortController,
  end: () => void,
): AsyncGenerator<Buffer> {
  try {
    switch (answer.body.kind) {
      case 'bytes':
        for (const chunk of answer.body.chunks) yield asBuffer(chunk);
        return;
      case 'stream':
        yield* readStream(answer.body.write, connection.signal);
        return;
      case 'upgraded':
        throw new Error('connections in process cannot be upgraded');
    }
  } finally {
    // A reader that leaves early hangs up, as a socket would.
    connection.abort(new Error('the reader went away'));
    end();
  }
}

async function* readStream(
  write: (sink: InProcessSink, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let queue: Buffer[] = [];
  let queuedBytes = 0;
  let isEnded = false;
  let failure: { readonly error: unknown } | undefined;
  let wakeReader: (() => void) | undefined;
  let wakeWriters: (() => void)[] = [];
  const onAbort = (): void => wakeReader?.();
  signal.addEventListener('abort', onAbort);
  const sink: InProcessSink = {
    write: (chunk) => {
      queue.push(asBuffer(chunk));
      queuedBytes += chunk.length;
      wakeReader?.();
      return queuedBytes < highWaterBytes;
    },
    drained: () =>
      queuedBytes < highWaterBytes ? Promise.resolve() : new Promise((resolve) => wakeWriters.push(resolve)),
    get bufferedBytes() {
      return queuedBytes;
    },
  };
  write(sink, signal).then(
    () => {
      isEnded = true;
      wakeReader?.();
    },
    (error: unknown) => {
      failure = { error };
      wakeReader?.();
    },
  );
  try {
    for (;;) {
      signal.throwIfAborted();
      if (queue.length > 0) {
        const batch = queue;
        queue = [];
        queuedBytes = 0;
        for (const wake of wakeWriters.splice(0)) wake();
        yield* batch;
      } else if (failure) throw failure.error;
      else if (isEnded) return;
      else {
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
        wakeReader = undefined;
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    for (const wake of wakeWriters) wake();
    wakeWriters = [];
  }
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
