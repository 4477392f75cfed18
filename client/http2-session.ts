import http2, { type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Timer } from '../component/clock.ts';
import type { Deps } from '../component/deps.ts';
import type { RawResponse } from './client.ts';
import { closedEarly, readStream, readText, type ConnectionRequest } from './transport.ts';

/** Bytes a stream may be sent before it is read: with node's 64 KiB a watch or a large list is three times slower. */
const streamWindowBytes = 1 << 20;
/** Of all streams together, so large that streams nobody reads do not hold up the others. */
const sessionWindowBytes = 1 << 28;
/** Node refuses streams of a session that holds more; ten, its default, is one large list. */
const sessionMemoryMegabytes = 1024;
/** Streams that may be open before the server has said how many: what servers are asked to allow at least (RFC 9113, 6.5.2). */
const initialMaxStreams = 100;
/** A session is asked whether it lives this often, and has this long to say so, in ms. */
const pingEveryMs = 20_000;
const pingTimeoutMs = 10_000;

/** Many requests over one connection. */
export interface Http2Session {
  /** False once the server said good-bye or the connection broke: requests need a new session. */
  readonly isUsable: boolean;
  /** True while the server takes no further request: one would wait until another ends, which a watch may never do. */
  readonly isFull: boolean;
  /** Errors that mean the server cannot have seen the request carry `neverSent` (see `isNeverSent`). */
  request(request: ConnectionRequest): Promise<RawResponse>;
  /** No new requests; ends with the last of those under way. */
  close(): void;
}

/**
 * Speaks HTTP/2 over a connected socket. The process may end while no request is under way. A peer that vanished is
 * found out by pings; everything under way then fails with ETIMEDOUT.
 */
export function createHttp2Session(socket: Socket, origin: string, deps: Pick<Deps, 'clock'>): Http2Session {
  const { clock } = deps;
  const session: ClientHttp2Session = http2.connect(origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: streamWindowBytes },
    maxSessionMemory: sessionMemoryMegabytes,
  });
  let isGone = false;
  let openStreams = 0;
  let maxStreams = initialMaxStreams;
  let failure: Error | undefined;
  let pinging: Timer | undefined;

  session.once('connect', () => session.setLocalWindowSize(sessionWindowBytes));
  session.on('remoteSettings', (settings) => (maxStreams = settings.maxConcurrentStreams ?? Infinity));
  session.once('goaway', () => (isGone = true));
  session.on('error', (error) => {
    isGone = true;
    failure ??= error as Error;
  });
  session.once('close', () => {
    isGone = true;
    pinging?.cancel();
  });
  session.unref();

  const schedulePing = (): void => {
    pinging = clock.after(pingEveryMs, () => {
      if (session.destroyed) return;
      if (openStreams === 0) return schedulePing();
      const late = clock.after(pingTimeoutMs, () => {
        failure = Object.assign(new Error('the connection is dead: no answer to a ping'), { code: 'ETIMEDOUT' });
        session.destroy(failure);
      });
      session.ping((error) => {
        late.cancel();
        if (!error && !session.destroyed) schedulePing();
      });
    });
  };
  schedulePing();

  const start = (request: ConnectionRequest): ClientHttp2Stream => {
    try {
      return session.request(
        { ...request.headers, ':method': request.method, ':path': request.path },
        { signal: request.signal, endStream: request.body === undefined },
      );
    } catch (error) {
      // The session ended between the look at `isUsable` and now.
      throw request.toError(Object.assign(error as Error, { neverSent: true }));
    }
  };

  return {
    get isUsable() {
      return !isGone && !session.closed && !session.destroyed;
    },
    get isFull() {
      return openStreams >= maxStreams;
    },
    request: (request) =>
      new Promise((resolve, reject) => {
        const stream = start(request);
        if (openStreams++ === 0) session.ref();
        const late = clock.after(request.answerTimeoutMs, () =>
          stream.destroy(new Error(`no answer within ${request.answerTimeoutMs / 1000}s`)),
        );
        const explain = (error: unknown): unknown => request.toError(explainFailure(error, stream, failure));
        let hasAnswered = false;
        // Once the answer has begun the body tells.
        stream.on('error', (error) => {
          if (!hasAnswered) reject(explain(error) as Error);
        });
        stream.once('close', () => {
          late.cancel();
          if (--openStreams === 0 && !session.destroyed) session.unref();
          if (!hasAnswered) reject(explain(closedEarly()) as Error);
        });
        stream.once('response', ({ ':status': status, ...headers }) => {
          hasAnswered = true;
          late.cancel();
          let body: AsyncIterable<Buffer> | undefined;
          resolve({
            status: status ?? 0,
            headers,
            get body() {
              return (body ??= bodyOf(stream, explain));
            },
            text: () => (body ? readText(body) : readWhole(stream, explain)),
          });
        });
        if (request.body !== undefined) stream.end(request.body);
      }),
    close: () => {
      if (!session.destroyed) session.close();
    },
  };
}

async function readWhole(stream: ClientHttp2Stream, explain: (error: unknown) => unknown): Promise<string> {
  const text = await readStream(stream, explain);
  if (wasCut(stream)) throw explain(closedEarly());
  return text;
}

/** A stream that was reset, or whose connection went, may end as if all had been sent. */
function wasCut(stream: ClientHttp2Stream): boolean {
  return Boolean(stream.rstCode) || stream.aborted;
}

async function* bodyOf(stream: ClientHttp2Stream, explain: (error: unknown) => unknown): AsyncGenerator<Buffer> {
  try {
    yield* stream as AsyncIterable<Buffer>;
    if (wasCut(stream)) throw closedEarly();
  } catch (error) {
    throw explain(error);
  } finally {
    if (!stream.closed) stream.close(http2.constants.NGHTTP2_CANCEL);
    stream.destroy();
  }
}

/** Why a stream failed: the connection's failure where that is the reason. */
function explainFailure(error: unknown, stream: ClientHttp2Stream, failure: Error | undefined): unknown {
  // The second is how node's own server refuses a stream while the session holds too much.
  const { NGHTTP2_REFUSED_STREAM, NGHTTP2_ENHANCE_YOUR_CALM } = http2.constants;
  if (stream.rstCode === NGHTTP2_REFUSED_STREAM || stream.rstCode === NGHTTP2_ENHANCE_YOUR_CALM) {
    return Object.assign(new Error('the server refused to take the request'), { neverSent: true });
  }
  if (failure) return failure;
  return /^ERR_HTTP2_STREAM_(CANCEL|ERROR)$/.test((error as { code?: string }).code ?? '') ? closedEarly() : error;
}
