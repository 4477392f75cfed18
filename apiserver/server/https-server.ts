import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex, Writable } from 'node:stream';
import tls, { type SecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { KeyPair } from '../../component/certificates.ts';
import type { Deps } from '../../component/deps.ts';
import { tlsOffer, type TlsOffer } from '../../component/tls-flags.ts';
import type { ApiRequest, ApiResponse, Handler } from '../request.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { ClientSignal } from './client-signal.ts';
import { byName, findByName } from './named-certificates.ts';
import { Http1Request, Http2Request } from './node-request.ts';
import { sendHttp1Response, sendHttp2Response } from './node-response.ts';
import { WriteTurns } from './write-turns.ts';

/** What a server shows and whom it believes. All is PEM. */
export interface ServingMaterial extends KeyPair {
  /** The authorities that client certificates may come from. */
  readonly clientCa?: readonly string[];
  /** What is shown to whom asks for one of these names, or for one that the certificate says where there are none. */
  readonly named?: readonly (KeyPair & { readonly names: readonly string[] })[];
}

export interface HttpsServerOptions extends ServingMaterial {
  readonly bindAddress: string;
  /** 0: any free one. */
  readonly port: number;
  /** Versions and cipher suites; TLS 1.2 and Go's suites where nothing is said. */
  readonly tls?: TlsOffer;
  /** How long requests under way may take after the signal, in ms. */
  readonly drainMs?: number;
  /** Streams that a client may have open on one HTTP/2 connection; 0 or absent: the default. */
  readonly maxConcurrentStreams?: number;
  /** The part of HTTP/2 requests after which the client is told to come back on another connection. */
  readonly goawayChance?: number;
  /** How long a handshake and the headers of a request may take, in ms. */
  readonly headersTimeoutMs?: number;
}

export interface HttpsServer {
  readonly port: number;
  /** Shows and believes something else from now on; connections that stand go on. Throws where it cannot be read. */
  setMaterial(material: ServingMaterial): void;
  /** Resolves once the signal has aborted, requests have ended and all connections are closed. */
  readonly closed: Promise<void>;
}

/** Made once: an Error takes its stack with it. */
const clientGone = new Error('the connection is closed');
const serverStops = new Error('the server is stopping');

const defaultOffer = tlsOffer({ tlsCipherSuites: [], tlsMinVersion: '' });
const keepAliveMs = 180_000;
/** Upstream's; clients begin with as many before they have heard of it. */
const defaultMaxConcurrentStreams = 100;
/** What a client may send before it is read, a stream, in bytes, and the longest frame: most requests fit in whole. */
const streamWindowBytes = 256 * 1024;
/** The largest that HTTP/2 knows (RFC 9113, 6.9.1). */
const maxWindowBytes = 2 ** 31 - 1;
/** Upstream's. */
const defaultHeadersTimeoutMs = 32_000;
/** How often slow ones are looked for at least. */
const headersCheckMs = 5000;
const maxHeaderBytes = 1 << 20;
/** Connections of HTTP/2 without open streams are closed after so long. */
const idleSessionMs = 90_000;
/** Peers that went away without a word are found out by TCP. */
const probeMs = 180_000;
/** What may wait in an HTTP/2 connection for a client to read, beside all that it may send; past it Node refuses streams. */
const answersMegabytes = 64;
/** What one HTTP/2 connection may cost, in headers a request, in broken frames and in reset streams. */
const maxHeaderListPairs = 1000;
const maxSessionInvalidFrames = 100;
const maxSessionRejectedStreams = 100;
/** Streams a client may reset at once, and a second (CVE-2023-44487). */
const streamResetBurst = 1000;
const streamResetRate = 33;
/** What nobody wants to read is taken in for so long, so that the client sees its answer before the end. */
const lingerMs = 500;

/**
 * One TLS port for HTTP/1.1 and HTTP/2, chosen by ALPN. Client certificates are asked for, and seen only where they
 * verify. When the signal aborts no new connections are taken, streams end, and what is under way may finish.
 */
export async function startHttpsServer(
  options: HttpsServerOptions,
  handle: Handler,
  { log, clock, random }: Pick<Deps, 'log' | 'clock' | 'random'>,
  signal: AbortSignal,
): Promise<HttpsServer> {
  const drainMs = options.drainMs ?? 5000;
  /** Open connections and how many requests of HTTP/1.1 are under way on each. */
  const sockets = new Map<Duplex, number>();
  /** Sessions and how many of their streams are open. */
  const sessions = new Map<ServerHttp2Session, number>();
  const { goawayChance = 0, maxConcurrentStreams, headersTimeoutMs = defaultHeadersTimeoutMs } = options;
  /** Answers that go on until somebody ends them: watches, followed logs. */
  const streams = new Set<ClientSignal>();
  const turns = new WriteTurns();

  const serve = async (
    request: ApiRequest,
    client: ClientSignal,
    out: Writable,
    send: (response: ApiResponse) => Promise<void>,
    session?: ServerHttp2Session,
  ): Promise<void> => {
    let isDone = false;
    out.once('close', () => {
      if (!isDone) client.abort(clientGone);
      const open = session && sessions.get(session);
      if (open) sessions.set(session, open - 1);
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

  /** The answer to a request whose body nobody reads to its end; the connection cannot be used again. */
  const sendBeforeEndOfRequest = async (
    response: ApiResponse,
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    client: ClientSignal,
  ): Promise<void> => {
    const lingered = Promise.withResolvers<void>();
    const timer = clock.after(lingerMs, () => lingered.resolve());
    incoming.once('end', () => lingered.resolve()).once('close', () => lingered.resolve());
    incoming.resume();
    outgoing.setHeader('connection', 'close');
    await sendHttp1Response(response, outgoing, { client, turns }, lingered.promise).finally(() => timer.cancel());
  };

  const http1Options = {
    keepAliveTimeout: keepAliveMs,
    headersTimeout: headersTimeoutMs,
    connectionsCheckingInterval: Math.min(headersTimeoutMs, headersCheckMs),
    // Bodies have the deadline of their request.
    requestTimeout: 0,
    maxHeaderSize: maxHeaderBytes,
  };
  const http1 = http.createServer(http1Options, (incoming, outgoing) => {
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
      incoming.complete || response.body.kind !== 'bytes'
        ? sendHttp1Response(response, outgoing, { client, turns })
        : sendBeforeEndOfRequest(response, incoming, outgoing, client),
    );
  });
  // Connections are handed over to it; slow headers are looked for only by a server that thinks it listens.
  http1.emit('listening');
  http1.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    void upgrade(incoming, socket, head);
  });
  const upgrade = async (incoming: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    const client = new ClientSignal();
    // Another protocol: each way ends by itself.
    socket.allowHalfOpen = true;
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
  /** Connections that broke the protocol and were told so; what else they send is not looked at. */
  const refused = new WeakSet<Duplex>();
  http1.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    const text =
      error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? undefined : (protocolErrors[error.code ?? ''] ?? badRequestText);
    if (refused.has(socket)) return;
    refused.add(socket);
    if (!socket.writable || !text) return void socket.destroy();
    socket.end(text);
    const timer = clock.after(lingerMs, () => socket.destroy());
    socket.once('close', () => timer.cancel());
  });
  const maxStreams = maxConcurrentStreams || defaultMaxConcurrentStreams;
  const connectionWindowBytes = Math.min(maxStreams * streamWindowBytes, maxWindowBytes);
  const h2 = http2.createServer({
    settings: {
      maxConcurrentStreams: maxStreams,
      initialWindowSize: streamWindowBytes,
      maxFrameSize: streamWindowBytes,
      maxHeaderListSize: maxHeaderBytes,
    },
    maxSessionMemory: answersMegabytes + Math.ceil(connectionWindowBytes / 2 ** 20),
    maxHeaderListPairs,
    maxSessionInvalidFrames,
    maxSessionRejectedStreams,
    streamResetBurst,
    streamResetRate,
  });
  h2.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, rawHeaders: string[]) => {
    if (headers.expect === '100-continue') stream.additionalHeaders({ ':status': 100 });
    const session = stream.session as ServerHttp2Session;
    sessions.set(session, (sessions.get(session) ?? 0) + 1);
    const client = new ClientSignal();
    const hasBody = !(flags & http2.constants.NGHTTP2_FLAG_END_STREAM);
    const send = async (response: ApiResponse): Promise<void> => {
      const isLast = takeClose(response) || (goawayChance > 0 && random.next() < goawayChance);
      await sendHttp2Response(response, stream, { client, turns });
      // What was begun to be read and still comes is not wanted.
      if (hasBody && stream.readableFlowing !== null && !stream.readableEnded) stream.close();
      if (isLast) sayGoodbye(session);
    };
    void serve(new Http2Request(stream, headers, rawHeaders, client), client, stream, send, session);
  });
  h2.on('session', (session) => {
    sessions.set(session, 0);
    session.setLocalWindowSize(connectionWindowBytes);
    session.on('error', () => {});
    session.once('close', () => sessions.delete(session));
    session.setTimeout(idleSessionMs, () => {
      if (sessions.get(session) === 0) session.close();
    });
  });

  let contextOf = namedContexts(options, options);
  const server = tls.createServer(
    {
      ...contextOptions(options, options),
      ...(options.named?.length ? { SNICallback: (name, found) => found(null, contextOf(name)) } : {}),
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: headersTimeoutMs,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (socket) => {
      socket.setNoDelay(true);
      socket.setKeepAlive(true, probeMs);
      socket.on('error', () => {});
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
    http1.close();
    for (const session of sessions.keys()) session.close();
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
  return {
    port: (server.address() as AddressInfo).port,
    setMaterial: (material) => {
      const contexts = namedContexts(material, options);
      server.setSecureContext(contextOptions(material, options));
      contextOf = contexts;
    },
    closed,
  };
}

type OfferOptions = Pick<HttpsServerOptions, 'tls'>;

function contextOptions(
  pair: KeyPair & Pick<ServingMaterial, 'clientCa'>,
  { tls: offer }: OfferOptions,
): SecureContextOptions {
  return {
    cert: pair.certificate,
    key: pair.privateKey,
    // None rather than the system's.
    ca: [...(pair.clientCa ?? [])],
    ...(offer ?? defaultOffer),
  };
}

/** What to show to whom asks for a name; undefined where that is what everybody else is shown. */
function namedContexts(
  { named = [], clientCa }: ServingMaterial,
  options: OfferOptions,
): (name: string) => SecureContext | undefined {
  const pairs = named.map((pair) => ({
    ...pair,
    context: tls.createSecureContext(contextOptions({ ...pair, clientCa }, options)),
  }));
  const found = byName(pairs);
  return (name) => findByName(found, name)?.context;
}

/** Methods that node's parser does not know never become requests; they are answered as others that nobody serves. */
const unknownMethod = rawResponse(
  '405 Method Not Allowed',
  'application/json',
  `${JSON.stringify(methodNotAllowed().toStatus())}\n`,
);
const badRequestText = rawResponse('400 Bad Request', 'text/plain; charset=utf-8', '400 Bad Request');
const protocolErrors: Readonly<Record<string, string>> = {
  HPE_INVALID_METHOD: unknownMethod,
  HPE_HEADER_OVERFLOW: rawResponse(
    '431 Request Header Fields Too Large',
    'text/plain; charset=utf-8',
    '431 Request Header Fields Too Large',
  ),
};

/** The client makes its next request on another connection; what is under way on this one goes on. */
function sayGoodbye(session: ServerHttp2Session): void {
  if (session.closed || session.destroyed) return;
  session.goaway();
  session.close();
}

/** Takes out what HTTP/2 has no header for: whether the connection is to end with this answer. */
function takeClose(response: ApiResponse): boolean {
  if (response.headers['connection'] !== 'close') return false;
  delete response.headers['connection'];
  return true;
}

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
