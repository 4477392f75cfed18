import http, { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { ConnectionOptions } from 'node:tls';
import type { Deps } from '../component/deps.ts';
import type { RawResponse } from './client.ts';
import { readStream, readText, type ConnectionRequest, type UpgradeAnswer } from './transport.ts';

/** A silent peer is noticed by TCP after about this long plus the system's probes, in ms. */
const tcpKeepAliveMs = 15_000;

/** HTTP/1.1 over kept-alive connections, one request at a time on each. */
export interface Http1Connections {
  request(request: ConnectionRequest): Promise<RawResponse>;
  upgrade(request: ConnectionRequest): Promise<UpgradeAnswer>;
  /** Ends idle connections; those in use end with their requests. */
  close(): void;
}

/**
 * To the host and port of `server`, in the clear where `tls` is undefined. A read that meets a kept connection just
 * closed by the server is sent once more. The caller closes it; what is under way then ends by itself.
 */
export function createHttp1Connections(
  server: URL,
  tls: ConnectionOptions | undefined,
  deps: Pick<Deps, 'clock'>,
): Http1Connections {
  const common = { keepAlive: true, maxFreeSockets: 16, noDelay: true };
  const agent = tls ? new https.Agent({ ...common, ...tls, ALPNProtocols: ['http/1.1'] }) : new http.Agent(common);

  const start = (request: ConnectionRequest, extra: OutgoingHttpHeaders): ClientRequest => {
    const headers = { ...request.headers, ...extra };
    if (request.body !== undefined) headers['content-length'] = Buffer.byteLength(request.body);
    const outgoing = (tls ? https : http).request({
      method: request.method,
      hostname: server.hostname.replace(/^\[|\]$/g, ''),
      port: server.port || (tls ? 443 : 80),
      path: request.path,
      headers,
      agent,
      signal: request.signal,
    });
    outgoing.once('socket', (socket) => socket.setKeepAlive(true, tcpKeepAliveMs));
    const late = deps.clock.after(request.answerTimeoutMs, () =>
      outgoing.destroy(new Error(`no answer within ${request.answerTimeoutMs / 1000}s`)),
    );
    for (const event of ['response', 'upgrade', 'close']) outgoing.once(event, () => late.cancel());
    return outgoing;
  };

  const send = async (request: ConnectionRequest, isRepeat: boolean): Promise<RawResponse> => {
    const outgoing = start(request, {});
    try {
      return await new Promise<RawResponse>((resolve, reject) => {
        outgoing.once('error', reject);
        outgoing.once('response', (incoming) => resolve(toResponse(incoming, request)));
        outgoing.end(request.body);
      });
    } catch (error) {
      // A kept connection may have been closed by the server at the moment it was used again.
      const isStale = outgoing.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      const isSafe = ['GET', 'HEAD', 'OPTIONS'].includes(request.method);
      if (isStale && isSafe && !isRepeat && !request.signal?.aborted) return send(request, true);
      throw request.toError(withNeverSent(error));
    }
  };

  return {
    request: (request) => send(request, false),
    upgrade: (request) =>
      new Promise((resolve, reject) => {
        const outgoing = start(request, { connection: 'Upgrade' });
        outgoing.once('error', (error) => reject(request.toError(withNeverSent(error))));
        outgoing.once('response', (incoming) => resolve({ kind: 'refused', response: toResponse(incoming, request) }));
        outgoing.once('upgrade', (incoming, socket, head) =>
          resolve({ kind: 'upgraded', headers: incoming.headers, socket, head }),
        );
        outgoing.end(request.body);
      }),
    close: () => {
      agent.maxFreeSockets = 0;
      for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
    },
  };
}

function toResponse(incoming: IncomingMessage, { toError }: ConnectionRequest): RawResponse {
  let body: AsyncIterable<Buffer> | undefined;
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    get body() {
      return (body ??= bodyOf(incoming, toError));
    },
    text: () => (body ? readText(body) : readStream(incoming, toError)),
  };
}

async function* bodyOf(incoming: IncomingMessage, toError: ConnectionRequest['toError']): AsyncGenerator<Buffer> {
  try {
    yield* incoming as AsyncIterable<Buffer>;
  } catch (error) {
    throw toError(error);
  } finally {
    incoming.destroy(); // of no effect once read to the end; else it ends the connection
  }
}

/** Marks failures before a connection stood (see `isNeverSent`). */
function withNeverSent(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isBefore = syscall === 'connect' || syscall === 'getaddrinfo' || code === 'ECONNREFUSED';
  return isBefore ? Object.assign(error as Error, { neverSent: true }) : error;
}
