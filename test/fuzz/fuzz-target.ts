import { once } from 'node:events';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { createCertificateAuthority, issueCertificate } from '../../component/certificates.ts';
import { startTestApiServer } from '../support/api-server.ts';
import { testNode, testPod } from '../support/scheduler-objects.ts';
import { createTestDeps } from '../support/test-deps.ts';

/** An answer as far as a fuzzer looks at it. */
export interface FuzzAnswer {
  /** Undefined where the server hung up without one. */
  readonly status: number | undefined;
  readonly body: string;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
}

/** A server to be attacked, over real sockets, with a kubelet that answers whatever upgrade it is asked for. */
export interface FuzzTarget {
  readonly port: number;
  readonly token: string;
  /** A TLS connection; undefined protocol is none offered. Never emits an unheard error. */
  connect(protocol?: 'http/1.1' | 'h2'): Promise<TLSSocket>;
  /** A TCP connection on which nothing was said yet. */
  connectPlain(): Promise<net.Socket>;
  /** A request written as it is, on a connection of its own. */
  send(request: RawRequest): Promise<FuzzAnswer>;
  /** What the server logged as an error, or as an answer it could not send: defects all of them. */
  complaints(): string[];
  stop(): Promise<void>;
}

/** Longer than the server gives a request. */
const answerMs = 20_000;
const requestTimeoutMs = 3000;
const maxHistory = 2000;

/**
 * In this process, on free ports, with memory storage and the pod `default/one` on the node `n`. The caller stops it;
 * connections that are still open are cut then.
 */
export async function startFuzzTarget(): Promise<FuzzTarget> {
  const deps = createTestDeps();
  const kubelet = await startKubelet(deps);
  const api = await startTestApiServer({
    deps: { ...deps },
    config: {
      requestTimeoutMs,
      kubelets: { preferredAddressTypes: ['InternalIP'] },
      admission: { disable: ['ServiceAccount', 'TaintNodesByCondition'] },
    },
  });
  await api.client.create(nodes, {
    ...testNode('n'),
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: kubelet.port } },
    },
  });
  await api.client.create(
    pods,
    testPod('one', { metadata: { name: 'one', namespace: 'default' }, spec: { nodeName: 'n' } }),
  );
  const port = Number(new URL(api.url).port);
  const open = new Set<net.Socket>();

  const kept = async <T extends net.Socket>(socket: T, ready: string): Promise<T> => {
    open.add(socket);
    socket.on('error', () => {}).once('close', () => open.delete(socket));
    await Promise.race([once(socket, ready), once(socket, 'close')]).catch(() => {});
    return socket;
  };
  const connect = (protocol?: 'http/1.1' | 'h2'): Promise<TLSSocket> =>
    kept(
      tls.connect({ host: '127.0.0.1', port, ca: api.ca, ...(protocol ? { ALPNProtocols: [protocol] } : {}) }),
      'secureConnect',
    );

  return {
    port,
    token: api.token,
    connect,
    connectPlain: () => kept(net.connect({ host: '127.0.0.1', port }), 'connect'),
    send: async (request) => {
      const socket = await connect('http/1.1');
      const answer = readAnswer(socket);
      socket.write(headOf(request, api.token));
      if (request.body) socket.write(request.body);
      return answer;
    },
    complaints: () =>
      deps.lines
        .splice(0, Math.max(deps.lines.length, maxHistory))
        .filter(
          ({ level, message }) =>
            level === 'error' || message === 'answer was not sent' || message === 'upgrade failed',
        )
        .map(({ message, fields }) => `${message} ${describe(fields)}`),
    stop: async () => {
      for (const socket of open) socket.destroy();
      await api.stop();
      await kubelet.stop();
    },
  };
}

function headOf({ method, path, headers, body }: RawRequest, token: string): Buffer {
  const all: Record<string, string> = {
    host: 'fuzz',
    connection: 'close',
    authorization: `Bearer ${token}`,
    ...(body ? { 'content-length': String(body.length) } : {}),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
}

/** Resolves with the whole answer, or with its head where it is a stream. */
export function readAnswer(socket: net.Socket): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const timer = setTimeout(() => done(new Error(`no answer within ${answerMs} ms`)), answerMs);
    const done = (error?: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      if (error) reject(error);
      else resolve(answerOf(received));
    };
    socket.on('data', (chunk: Buffer) => {
      if (received.length < 1 << 20) received = Buffer.concat([received, chunk]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const head = received.subarray(0, end).toString('latin1');
      const length = /^content-length: (\d+)/im.exec(head)?.[1];
      if (/^transfer-encoding: chunked/im.test(head) || received.length >= end + 4 + Number(length ?? Infinity)) done();
    });
    socket.once('close', () => done());
    if (socket.destroyed) done();
  });
}

function answerOf(received: Buffer): FuzzAnswer {
  const text = received.toString();
  const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
  return { status: status === undefined ? undefined : Number(status), body: text.slice(text.indexOf('\r\n\r\n') + 4) };
}

function describe(fields: object): string {
  return JSON.stringify(fields, (_, value: unknown) => (value instanceof Error ? value.stack : value));
}

/** Takes every upgrade and sends back what it is sent. */
async function startKubelet(deps: Parameters<typeof createCertificateAuthority>[1]): Promise<{
  readonly port: number;
  stop(): Promise<void>;
}> {
  const authority = await createCertificateAuthority({ commonName: 'kubelets' }, deps);
  const pair = await issueCertificate(
    authority,
    { commonName: 'system:node:n', ipAddresses: ['127.0.0.1'], usages: ['server'] },
    deps,
  );
  const server = https.createServer(
    { key: pair.privateKey, cert: pair.certificate },
    (_, response) => void response.end('kubelet'),
  );
  const sockets = new Set<Duplex>();
  server.on('connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => {}).once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request, socket: Duplex) => {
    socket.on('error', () => {});
    const protocol = request.headers['x-stream-protocol-version'] ?? 'v4.channel.k8s.io';
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\nX-Stream-Protocol-Version: ${String(protocol)}\r\n\r\n`,
    );
    socket.pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
