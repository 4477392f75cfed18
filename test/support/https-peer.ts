import { once, type EventEmitter } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { systemClock } from '../../component/clock.ts';
import { systemRandom } from '../../component/random.ts';
import { createCertificateAuthority, issueCertificate, type KeyPair } from '../../component/certificates.ts';

export type PeerHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface HttpsPeer {
  readonly url: string;
  readonly port: number;
  readonly authority: KeyPair;
  /** Connections that were ever made. */
  readonly connections: number;
  /** Those that stand. */
  readonly openConnections: number;
  /** Cuts every connection without a word, as a dying machine does. */
  cut(): void;
  close(): Promise<void>;
}

/** A real server for a client under test, speaking HTTP/2 and 1.1 by TLS, or what `protocol` says. */
export async function startPeer(
  handler: PeerHandler,
  options: {
    readonly protocol?: 'h2' | 'http/1.1' | 'plain';
    readonly port?: number;
    readonly authority?: KeyPair;
    /** Streams that HTTP/2 clients may have open on one connection; any number where nothing is said. */
    readonly maxConcurrentStreams?: number;
  } = {},
): Promise<HttpsPeer> {
  const deps = { clock: systemClock, random: systemRandom };
  const authority = options.authority ?? (await createCertificateAuthority({ commonName: 'test-ca' }, deps));
  const pair = await issueCertificate(
    authority,
    { commonName: 'peer', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], usages: ['server'] },
    deps,
  );
  const tls = {
    key: pair.privateKey,
    cert: pair.certificate,
    ca: authority.certificate,
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = (
    options.protocol === 'plain'
      ? http.createServer(handler)
      : options.protocol === 'http/1.1'
        ? https.createServer(tls, handler)
        : http2.createSecureServer(
            { ...tls, allowHTTP1: true, settings: { maxConcurrentStreams: options.maxConcurrentStreams } },
            handler as unknown as (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void,
          )
  ) as http.Server;
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  (server as EventEmitter).on('sessionError', () => {});
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `${options.protocol === 'plain' ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    authority,
    get connections() {
      return connections;
    },
    get openConnections() {
      return sockets.size;
    },
    cut,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
