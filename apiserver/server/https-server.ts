import http, { type IncomingMessage } from 'node:http';
import http2, { type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';
import type { Deps } from '../../component/deps.ts';
import type { ApiRequest, ApiResponse, Handler } from '../request.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { ClientSignal } from './client-signal.ts';
import { Http1Request, Http2Request } from './node-request.ts';
import { sendHttp1Response, sendHttp2Response } from './node-response.ts';
import { WriteTurns } from './write-turns.ts';

export interface HttpsServerOptions {
  readonly bindAddress: string;
  /** 0: any free one. */
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  readonly privateKey: string;
  /** PEM of the authorities that client certificates may come from. */
  readonly clientCa?: readonly string[];
  /** How long requests under way may take after the signal, in ms. */
  readonly drainMs?: number;
}

export interface HttpsServer {
  readonly port: number;
  /** Resolves once the signal has aborted, requests have ended and all connections are closed. */
  readonly closed: Promise<void>;
}

/** Made once: an Error takes its stack with it. */
const clientGone = new Error('the connection is closed');
const serverStops = new Error('the server is stopping');

const keepAliveMs = 180_000;
/** HTTP/2 streams a client may have open on one connection, as upstream allows. */
const maxConcurrentStreams = 250;

/**
 * One TLS port for HTTP/1.1 and HTTP/2, chosen by ALPN. Client certificates are asked for, and seen only where they
 * verify. When the signal aborts no new connections are taken, streams end, and what is under way may finish.
 */
export async function startHttpsServer(
  options: HttpsServerOptions,
  handle: Handler,
  { log, clock }: Pick<Deps, 'log' | 'clock'>,
  signal: AbortSignal,
): Promise<HttpsServer> {
  const drainMs = options.drainMs ?? 5000;
  /** Open connections and how many requests of HTTP/1.1 are under way on each. */
  const sockets = new Map<Duplex, number>();
  const sessions = new Set<ServerHttp2Session>();
  /** Connections of another protocol: each way ends by itself. */
  const upgraded = new WeakSet<Duplex>();
  /** Answers that go on until somebody ends them: watches, followed logs. */
  const streams = new Set<ClientSignal>();
  const turns = new WriteTurns();

  const serve = async (
    request: ApiRequest,
    client: ClientSignal,
    out: Writable,
    send: (response: ApiResponse) => Promise<void>,
  ): Promise<void> => {
    let isDone = false;
    out.once('close', () => {
      if (!isDone) client.abort(clientGone);
    });
    out.on('error', () => {});
    try {
      const response = await handle(request);
      if (out.destroyed) return;
      if (response.body.kind === 'stream') {
        if (signal.aborted) client.abort(serverStops);
        streams.add(client);
      }
      await send(response);
      isDone = true;
    } catch (error) {
      log.warn('answer was not sent', { method: request.method, path: request.path, error });
    } finally {
      streams.delete(client);
    }
  };

  const http1 = http.createServer({ keepAliveTimeout: keepAliveMs, requestTimeout: 0 }, (incoming, outgoing) => {
    const { socket } = incoming;
    // HTTP/1.1 needs to be told that the connection will not be used again.
    if (signal.aborted) outgoing.setHeader('connection', 'close');
    sockets.set(socket, (sockets.get(socket) ?? 0) + 1);
    outgoing.once('close', () => {
      const left = (sockets.get(socket) ?? 1) - 1;
      if (sockets.has(socket)) sockets.set(socket, left);
      if (signal.aborted && left === 0) socket.end();
    });
    const client = new ClientSignal();
    void serve(new Http1Request(incoming, client), client, outgoing, (response) =>
      sendHttp1Response(response, outgoing, { client, turns }),
    );
  });
  http1.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    void upgrade(incoming, socket, head);
  });
  const upgrade = async (incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const client = new ClientSignal();
    upgraded.add(socket);
    socket.once('close', () => client.abort(clientGone));
    socket.on('error', () => {});
    try {
      const protocol = String(incoming.headers.upgrade ?? '');
      const response = await handle(new Http1Request(incoming, client, { protocol, socket, head, incoming }));
      if (response.body.kind !== 'upgraded') await refuseUpgrade(response, incoming, socket as Socket);
    } catch (error) {
      socket.destroy();
      log.warn('upgrade failed', { path: incoming.url, error });
    }
  };
  http1.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (socket.writable) socket.end(error.code === 'HPE_INVALID_METHOD' ? unknownMethod : badRequestText);
    else socket.destroy();
  });
  const h2 = http2.createServer({ settings: { maxConcurrentStreams, initialWindowSize: 1 << 20 } });
  h2.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, rawHeaders: string[]) => {
    // Without a body to be read, this is what lets the stream end.
    if (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) stream.resume();
    if (headers.expect === '100-continue') stream.additionalHeaders({ ':status': 100 });
    const client = new ClientSignal();
    void serve(new Http2Request(stream, headers, rawHeaders, client), client, stream, (response) =>
      sendHttp2Response(response, stream, { client, turns }),
    );
  });
  h2.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.once('close', () => sessions.delete(session));
  });

  const server = tls.createServer(
    {
      cert: options.certificate,
      key: options.privateKey,
      ALPNProtocols: ['h2', 'http/1.1'],
      minVersion: 'TLSv1.2',
      requestCert: true,
      rejectUnauthorized: false,
      allowHalfOpen: true,
      ...(options.clientCa?.length ? { ca: [...options.clientCa] } : { ca: [] }),
    },
    (socket) => {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('end', () => {
        if (!upgraded.has(socket)) socket.end();
      });
      sockets.set(socket, 0);
      socket.once('close', () => sockets.delete(socket));
      (socket.alpnProtocol === 'h2' ? h2 : http1).emit('connection', socket);
    },
  );
  server.on('tlsClientError', () => {});

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: options.bindAddress }, () => {
      server.off('error', reject);
      resolve();
    });
  });

  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const stream of streams) stream.abort(serverStops);
    for (const session of sessions) session.close();
    for (const [socket, requests] of sockets)
      if (requests === 0 && (socket as TLSSocket).alpnProtocol !== 'h2') socket.end();
    const timer = clock.after(drainMs, () => {
      for (const socket of sockets.keys()) socket.destroy();
    });
    await closed;
    timer.cancel();
  };
  const closed = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  }).then(stop);
  return { port: (server.address() as AddressInfo).port, closed };
}

/** Methods that node's parser does not know never become requests; they are answered as others that nobody serves. */
const unknownMethod = rawResponse(
  '405 Method Not Allowed',
  'application/json',
  `${JSON.stringify(methodNotAllowed().toStatus())}\n`,
);
const badRequestText = rawResponse('400 Bad Request', 'text/plain; charset=utf-8', '400 Bad Request');

function rawResponse(status: string, contentType: string, body: string): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: ${contentType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`;
}

/** Writes an ordinary answer on a connection that asked for an upgrade and does not get one. */
async function refuseUpgrade(response: ApiResponse, incoming: IncomingMessage, socket: Socket): Promise<void> {
  const outgoing = new http.ServerResponse(incoming);
  outgoing.shouldKeepAlive = false;
  outgoing.assignSocket(socket);
  outgoing.once('finish', () => socket.end());
  await sendHttp1Response(response, outgoing, { client: new ClientSignal(), turns: new WriteTurns() });
}
