import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import { systemClock } from '../component/clock.ts';
import type { Deps } from '../component/deps.ts';
import type { RawRequest, RawResponse } from './client.ts';
import { anonymous, type Credential, type CredentialSource } from './credentials.ts';
import { readText, TransportError, type Transport, type UpgradeAnswer } from './transport.ts';

export interface HttpsTransportOptions {
  /** `https://host:port` (or http), with an optional path that every request's path is put after. */
  readonly server: string;
  /** PEM of the authorities to believe; the system's where none is given. */
  readonly certificateAuthority?: string;
  /** Name to ask for and check in place of the host's. */
  readonly tlsServerName?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly credentials?: CredentialSource;
  /** Connections kept open while idle; requests beyond open more. */
  readonly maxIdleConnections?: number;
  /** How long the server may take to begin its answer, in ms; a minute and a quarter where nothing is said. */
  readonly answerTimeoutMs?: number;
  readonly deps?: Pick<Deps, 'clock'>;
}

/** A silent peer is noticed by TCP after about this long plus the system's probes, in ms. */
const tcpKeepAliveMs = 15_000;

export interface HttpsTransport extends Transport {
  /** What a library that opens its own connection (WebSocket) needs: node's TLS options and the headers. */
  connectionOptions(): Promise<{ readonly tls: https.AgentOptions; readonly headers: Credential['headers'] & object }>;
}

/** HTTP/1.1 with kept-alive connections; a watch has one to itself. Node's agent resumes TLS sessions. */
export function createHttpsTransport(options: HttpsTransportOptions): HttpsTransport {
  const base = new URL(options.server);
  const prefix = base.pathname.replace(/\/+$/, '');
  const isTls = base.protocol === 'https:';
  const url = base.origin;
  const credentials = options.credentials ?? anonymous;
  const clock = options.deps?.clock ?? systemClock;
  const answerTimeoutMs = options.answerTimeoutMs ?? 75_000;
  let agent: http.Agent | https.Agent | undefined;
  let agentOf: Credential | undefined;

  const tlsOptions = ({ certificate, key }: Credential): https.AgentOptions => ({
    ...(options.certificateAuthority ? { ca: options.certificateAuthority } : {}),
    ...(options.tlsServerName ? { servername: options.tlsServerName } : {}),
    ...(options.insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
    ...(certificate && key ? { cert: certificate, key } : {}),
    ALPNProtocols: ['http/1.1'],
  });

  /** A renewed client certificate needs new connections; the old ones end with what they carry. */
  const agentFor = (credential: Credential): http.Agent => {
    if (agent && agentOf?.certificate === credential.certificate && agentOf?.key === credential.key) return agent;
    agent?.destroy();
    agentOf = credential;
    const common = { keepAlive: true, maxFreeSockets: options.maxIdleConnections ?? 16, noDelay: true };
    agent = isTls ? new https.Agent({ ...common, ...tlsOptions(credential) }) : new http.Agent(common);
    return agent;
  };

  const start = (request: RawRequest, credential: Credential, extra: Record<string, string>): ClientRequest => {
    const headers: http.OutgoingHttpHeaders = { ...credential.headers, ...request.headers, ...extra };
    if (request.body !== undefined) headers['content-length'] = Buffer.byteLength(request.body);
    const requestOptions: RequestOptions = {
      method: request.method,
      hostname: base.hostname.replace(/^\[|\]$/g, ''),
      port: base.port || (isTls ? 443 : 80),
      path: prefix + request.path,
      headers,
      agent: agentFor(credential),
      signal: request.signal,
    };
    const outgoing = isTls ? https.request(requestOptions) : http.request(requestOptions);
    outgoing.once('socket', (socket) => socket.setKeepAlive(true, tcpKeepAliveMs));
    const late = clock.after(answerTimeoutMs, () =>
      outgoing.destroy(new Error(`no answer within ${answerTimeoutMs / 1000}s`)),
    );
    for (const event of ['response', 'upgrade', 'close']) outgoing.once(event, () => late.cancel());
    return outgoing;
  };

  const failure = (request: RawRequest, outgoing: ClientRequest, error: unknown): unknown => {
    if (request.signal?.aborted) return request.signal.reason;
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const neverSent = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes(code);
    return new TransportError(request.method, url + prefix + request.path, error, { neverSent });
  };

  const send = async (request: RawRequest, isRepeat: boolean): Promise<RawResponse> => {
    request.signal?.throwIfAborted();
    const credential = await credentials.get();
    const outgoing = start(request, credential, {});
    try {
      const response = await new Promise<RawResponse>((resolve, reject) => {
        outgoing.once('error', reject);
        outgoing.once('response', (incoming) => resolve(toResponse(incoming, request, url + prefix)));
        outgoing.end(request.body);
      });
      if (response.status === 401) credentials.rejected?.();
      return response;
    } catch (error) {
      // A kept connection may have been closed by the server at the moment it was used again.
      const isStale = outgoing.reusedSocket && (error as NodeJS.ErrnoException).code === 'ECONNRESET';
      if (isStale && !isRepeat && isSafe(request.method) && !request.signal?.aborted) return send(request, true);
      throw failure(request, outgoing, error);
    }
  };

  return {
    url,
    request: (request) => send(request, false),
    upgrade: async (request) => {
      request.signal?.throwIfAborted();
      const credential = await credentials.get();
      const outgoing = start(request, credential, { connection: 'Upgrade' });
      try {
        return await new Promise<UpgradeAnswer>((resolve, reject) => {
          outgoing.once('error', reject);
          outgoing.once('response', (incoming) =>
            resolve({ kind: 'refused', response: toResponse(incoming, request, url + prefix) }),
          );
          outgoing.once('upgrade', (incoming, socket, head) =>
            resolve({ kind: 'upgraded', headers: incoming.headers, socket, head }),
          );
          outgoing.end(request.body);
        });
      } catch (error) {
        throw failure(request, outgoing, error);
      }
    },
    connectionOptions: async () => {
      const credential = await credentials.get();
      return {
        tls: tlsOptions(credential),
        headers: credential.headers ?? {},
      };
    },
    close: () => agent?.destroy(),
  };
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

function toResponse(incoming: IncomingMessage, request: RawRequest, url: string): RawResponse {
  const body = bodyOf(incoming, request, url);
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    body,
    text: () => readText(body),
  };
}

/** The body; a connection cut in the middle becomes a TransportError, an abort the signal's reason. */
async function* bodyOf(incoming: IncomingMessage, request: RawRequest, url: string): AsyncGenerator<Buffer> {
  try {
    yield* incoming as AsyncIterable<Buffer>;
  } catch (error) {
    if (request.signal?.aborted) throw request.signal.reason;
    throw new TransportError(request.method, url + request.path, error);
  } finally {
    incoming.destroy();
  }
}
