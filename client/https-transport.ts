import { isIP } from 'node:net';
import tls from 'node:tls';
import { systemClock } from '../component/clock.ts';
import type { Deps } from '../component/deps.ts';
import { untilAborted } from '../component/until-aborted.ts';
import type { RawRequest, RawResponse } from './client.ts';
import { anonymous, type Credential, type CredentialSource } from './credentials.ts';
import { createHttp1Connections, type Http1Connections } from './http1-connections.ts';
import { createHttp2Session, type Http2Session } from './http2-session.ts';
import { isNeverSent, TransportError, type ConnectionRequest, type Transport } from './transport.ts';

export interface HttpsTransportOptions {
  /** `https://host:port` (or http), with an optional path that every request's path is put after. */
  readonly server: string;
  /** PEM of the authorities to believe; the system's where none is given. */
  readonly certificateAuthority?: string;
  /** Name to ask for and check in place of the host's. */
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly credentials?: CredentialSource;
  /** How long the server may take to begin its answer, in ms; a minute and a quarter where nothing is said. */
  readonly answerTimeoutMs?: number;
  readonly deps?: Pick<Deps, 'clock'>;
}

export interface HttpsTransport extends Transport {
  upgrade: NonNullable<Transport['upgrade']>;
  /** What a library that opens its own connection (WebSocket) needs: node's TLS options and the headers. */
  connectionOptions(): Promise<{
    readonly tls: tls.ConnectionOptions;
    readonly headers: Readonly<Record<string, string | string[]>>;
  }>;
}

/** How long a connection may take to stand, in ms. */
const connectTimeoutMs = 10_000;

/** Times a request is sent again that met the end of a connection, or was refused for the moment. */
const maxRepeats = 5;
const repeatAfterMs = 10;

/** Connections made with one client certificate. */
interface Connections {
  readonly of: Credential;
  readonly http1: Http1Connections;
  /** True once the server chose HTTP/1.1. */
  isHttp1: boolean;
  /** All but the last are full, or were. */
  sessions: Http2Session[];
  dialling?: Promise<void>;
}

/**
 * One HTTP/2 connection for all requests and watches where the server speaks it (half the CPU of HTTP/1.1, and one TLS
 * handshake instead of one a watch), a further one where more are open than the server allows on one; else kept-alive
 * HTTP/1.1. A renewed client certificate moves new requests to new
 * connections. Requests that the server cannot have seen, and reads, are sent again when a kept connection turns out
 * to be gone.
 */
export function createHttpsTransport(options: HttpsTransportOptions): HttpsTransport {
  const server = new URL(options.server);
  const prefix = server.pathname.replace(/\/+$/, '');
  const isTls = server.protocol === 'https:';
  const deps = options.deps ?? { clock: systemClock };
  const answerTimeoutMs = options.answerTimeoutMs ?? 75_000;
  const credentials = options.credentials ?? anonymous;
  let current: Connections | undefined;

  const tlsOptions = ({ certificate, key }: Credential): tls.ConnectionOptions => ({
    ...(options.certificateAuthority ? { ca: options.certificateAuthority } : {}),
    ...(options.tlsServerName ? { servername: options.tlsServerName } : {}),
    ...(options.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    ...(certificate && key ? { cert: certificate, key } : {}),
  });

  const connectionsFor = (credential: Credential): Connections => {
    if (current && current.of.certificate === credential.certificate && current.of.key === credential.key)
      return current;
    for (const session of current?.sessions ?? []) session.close();
    current?.http1.close();
    const http1 = createHttp1Connections(server, isTls ? tlsOptions(credential) : undefined, deps);
    return (current = { of: credential, http1, isHttp1: !isTls, sessions: [] });
  };

  const dial = async (connections: Connections): Promise<void> => {
    try {
      const socket = await connectTls(server, tlsOptions(connections.of), deps);
      if (socket.alpnProtocol === 'h2') {
        const others = connections.sessions.filter((session) => session.isUsable);
        connections.sessions = [...others, createHttp2Session(socket, server.origin, deps)];
      } else {
        connections.isHttp1 = true;
        socket.destroy();
      }
    } finally {
      connections.dialling = undefined;
    }
  };

  const attempt = async (request: ConnectionRequest, connections: Connections): Promise<RawResponse> => {
    let session = freeSession(connections);
    while (!connections.isHttp1 && !session) {
      connections.dialling ??= dial(connections);
      try {
        await untilAborted(connections.dialling, request.signal);
      } catch (error) {
        throw request.toError(error);
      }
      const newest = connections.sessions.at(-1);
      // One that ended at once fails the request, which is how often it is tried again.
      session = freeSession(connections) ?? (newest?.isUsable ? undefined : newest);
    }
    return session ? session.request(request) : connections.http1.request(request);
  };

  const complete = (request: RawRequest, credential: Credential): ConnectionRequest => {
    const path = prefix + request.path;
    return {
      method: request.method,
      path,
      headers: { ...credential.headers, ...request.headers },
      body: request.body,
      signal: request.signal,
      answerTimeoutMs,
      toError: (error) => {
        if (request.signal?.aborted) return request.signal.reason;
        return new TransportError(request.method, server.origin + path, error);
      },
    };
  };

  const send = async (request: RawRequest): Promise<RawResponse> => {
    request.signal?.throwIfAborted();
    const credential = await credentials.get();
    const connections = connectionsFor(credential);
    const outgoing = complete(request, credential);
    let response: RawResponse | undefined;
    for (let retries = 0; !response; retries++) {
      const wasConnected = connections.sessions.some((session) => session.isUsable);
      try {
        response = await attempt(outgoing, connections);
      } catch (error) {
        if (!wasConnected || retries >= maxRepeats || !mayRepeat(request.method, error)) throw error;
        if (retries > 0) await deps.clock.sleep(repeatAfterMs * 2 ** retries, request.signal);
      }
    }
    if (response.status === 401) credentials.rejected?.();
    return response;
  };

  return {
    url: server.origin,
    request: send,
    upgrade: async (request) => {
      request.signal?.throwIfAborted();
      const credential = await credentials.get();
      return connectionsFor(credential).http1.upgrade(complete(request, credential));
    },
    connectionOptions: async () => {
      const credential = await credentials.get();
      return { tls: tlsOptions(credential), headers: credential.headers ?? {} };
    },
    close: () => {
      for (const session of current?.sessions ?? []) session.close();
      current?.http1.close();
      current = undefined;
    },
  };
}

function freeSession({ sessions }: Connections): Http2Session | undefined {
  return sessions.find((session) => session.isUsable && !session.isFull);
}

/** Is it safe to send the request again, and likely to help? */
function mayRepeat(method: string, error: unknown): boolean {
  if (!(error instanceof TransportError)) return false;
  return isNeverSent(error) || (['GET', 'HEAD', 'OPTIONS'].includes(method) && error.code === 'ECONNRESET');
}

/** A TLS connection that offers HTTP/2 and 1.1, verified unless the options say otherwise. */
function connectTls(server: URL, options: tls.ConnectionOptions, deps: Pick<Deps, 'clock'>): Promise<tls.TLSSocket> {
  const host = server.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      host,
      port: Number(server.port || 443),
      ALPNProtocols: ['h2', 'http/1.1'],
      ...(isIP(host) ? {} : { servername: host }),
      ...options,
    });
    socket.setNoDelay(true);
    const late = deps.clock.after(connectTimeoutMs, () =>
      socket.destroy(
        Object.assign(new Error(`no connection within ${connectTimeoutMs / 1000}s`), { code: 'ETIMEDOUT' }),
      ),
    );
    const onError = (error: Error): void => {
      late.cancel();
      reject(Object.assign(error, { neverSent: true }));
    };
    socket.once('error', onError);
    socket.once('secureConnect', () => {
      late.cancel();
      socket.removeListener('error', onError);
      resolve(socket);
    });
  });
}
