import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { connect as connectTls } from 'node:tls';
import type { Connection } from '../client/kubeconfig.ts';

export interface LoadRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
}

/** A response whose bytes are counted, and kept only where asked for. */
export interface LoadResponse {
  readonly status: number;
  readonly bytes: number;
  readonly body: Buffer | undefined;
}

/** A response that goes on until it is closed. */
export interface LoadStream {
  readonly status: number;
  close(): void;
}

/**
 * Sends requests at as little cost as node allows, so that what is measured is the server. Not for anything else: there
 * are no retries and no time limits.
 */
export interface LoadClient {
  /** `h2` or `http/1.1`. */
  readonly protocol: string;
  send(request: LoadRequest, options?: { readonly keepBody?: boolean }): Promise<LoadResponse>;
  /** Resolves once the response has begun. Streams are spread over connections of their own. */
  stream(path: string, onData: (chunk: Buffer) => void): Promise<LoadStream>;
  close(): void;
}

/** Failed answers are kept to this length, to be shown. */
const keptOfFailure = 1000;
const streamsPerConnection = 50;

interface Endpoint {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly tls: {
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: string;
    readonly servername?: string;
    readonly rejectUnauthorized: boolean;
  };
}

/** Speaks HTTP/2 where the server does, unless told not to. */
export async function createLoadClient(
  connection: Connection,
  options: { readonly connections: number; readonly http1: boolean },
): Promise<LoadClient> {
  const url = new URL(connection.server);
  const credential = await connection.credentials.get();
  const endpoint: Endpoint = {
    url,
    headers: { accept: 'application/json', 'user-agent': 'k8ts-bench', ...credential.headers },
    tls: {
      ca: connection.certificateAuthority,
      cert: credential.certificate,
      key: credential.key,
      servername: connection.tlsServerName,
      rejectUnauthorized: connection.insecureSkipTlsVerify !== true,
    },
  };
  const isHttp2 = url.protocol === 'https:' && !options.http1 && (await speaksHttp2(endpoint));
  return isHttp2 ? http2Client(endpoint, options.connections) : http1Client(endpoint, options.connections);
}

function speaksHttp2({ url, tls }: Endpoint): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const port = Number(url.port || 443);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = connectTls({ ...tls, host, port, ALPNProtocols: ['h2', 'http/1.1'] }, () => {
      resolve(socket.alpnProtocol === 'h2');
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const windowBytes = 16 * 1024 * 1024;

async function http2Client({ url, headers, tls }: Endpoint, connections: number): Promise<LoadClient> {
  const open = (): Promise<ClientHttp2Session> =>
    new Promise((resolve, reject) => {
      const session = connectHttp2(url.origin, { ...tls, settings: { initialWindowSize: windowBytes } });
      session.once('error', reject);
      session.once('connect', () => {
        session.setLocalWindowSize(4 * windowBytes);
        session.on('error', () => {});
        resolve(session);
      });
    });
  const sessions = await Promise.all(Array.from({ length: connections }, open));
  const streamSessions: Promise<ClientHttp2Session>[] = [];
  let next = 0;
  let streams = 0;
  const basePath = url.pathname.replace(/\/$/, '');

  return {
    protocol: 'h2',
    send: ({ method, path, body, contentType }, { keepBody = false } = {}) =>
      new Promise((resolve, reject) => {
        const session = sessions[next++ % sessions.length]!;
        const request = session.request(
          {
            ...headers,
            ':method': method,
            ':path': basePath + path,
            ...(contentType ? { 'content-type': contentType } : {}),
          },
          { endStream: body === undefined },
        );
        let status = 0;
        const kept = keepingBody(keepBody);
        request.on('response', (head) => {
          status = Number(head[':status']);
          kept.begin(status);
        });
        request.on('data', kept.add);
        request.on('end', () => resolve({ status, ...kept.result() }));
        request.on('error', reject);
        if (body !== undefined) request.end(body);
      }),
    stream: async (path, onData) => {
      const at = Math.floor(streams++ / streamsPerConnection);
      const session = await (streamSessions[at] ??= open());
      return new Promise((resolve, reject) => {
        const request = session.request({ ...headers, ':method': 'GET', ':path': basePath + path });
        request.on('response', (head) => {
          resolve({ status: Number(head[':status']), close: () => request.close(constants.NGHTTP2_CANCEL) });
        });
        request.on('data', onData);
        request.on('error', reject);
      });
    },
    close: () => {
      for (const session of sessions) session.destroy();
      for (const session of streamSessions) void session.then((opened) => opened.destroy());
    },
  };
}

function http1Client({ url, headers, tls }: Endpoint, connections: number): LoadClient {
  const isTls = url.protocol === 'https:';
  const send = isTls ? httpsRequest : httpRequest;
  const newAgent = (maxSockets: number): HttpAgent =>
    isTls ? new HttpsAgent({ keepAlive: true, maxSockets, ...tls }) : new HttpAgent({ keepAlive: true, maxSockets });
  const agent = newAgent(Math.max(connections, 64));
  const streamAgent = newAgent(Infinity);
  const basePath = url.pathname.replace(/\/$/, '');
  const start = (
    { method, path, body, contentType }: LoadRequest,
    through: HttpAgent,
    onResponse: (response: IncomingMessage) => void,
  ): ClientRequest => {
    const request = send(
      {
        agent: through,
        hostname: url.hostname,
        port: url.port,
        method,
        path: basePath + path,
        headers: {
          ...headers,
          ...(contentType ? { 'content-type': contentType } : {}),
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
        },
      },
      onResponse,
    );
    request.end(body);
    return request;
  };
  return {
    protocol: 'http/1.1',
    send: (request, { keepBody = false } = {}) =>
      new Promise((resolve, reject) => {
        const sent = start(request, agent, (response) => {
          const status = response.statusCode ?? 0;
          const kept = keepingBody(keepBody);
          kept.begin(status);
          response.on('data', kept.add);
          response.on('end', () => resolve({ status, ...kept.result() }));
          response.on('error', reject);
        });
        sent.on('error', reject);
      }),
    stream: (path, onData) =>
      new Promise((resolve, reject) => {
        const sent = start({ method: 'GET', path }, streamAgent, (response) => {
          response.on('data', onData);
          response.on('error', () => {});
          resolve({ status: response.statusCode ?? 0, close: () => sent.destroy() });
        });
        sent.on('error', reject);
      }),
    close: () => {
      agent.destroy();
      streamAgent.destroy();
    },
  };
}

/** Counts bytes; keeps those of a failure's beginning, and all where asked. */
function keepingBody(keepAll: boolean): {
  begin(status: number): void;
  add(chunk: Buffer): void;
  result(): { bytes: number; body: Buffer | undefined };
} {
  let bytes = 0;
  let limit = 0;
  const chunks: Buffer[] = [];
  return {
    begin: (status) => {
      limit = keepAll ? Infinity : status >= 300 ? keptOfFailure : 0;
    },
    add: (chunk) => {
      if (bytes < limit) chunks.push(chunk);
      bytes += chunk.length;
    },
    result: () => ({ bytes, body: chunks.length > 0 ? Buffer.concat(chunks) : undefined }),
  };
}
