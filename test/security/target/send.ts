import { once } from 'node:events';
import { request as httpsRequest } from 'node:https';
import tls from 'node:tls';
import type { Identity } from './identities.ts';

export interface Sent {
  readonly port: number;
  readonly method?: string;
  /** As it goes out: nobody tidies it up. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
  readonly identity?: Identity;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests read what they expect
  readonly json: any;
}

/** One request on a connection of its own, over HTTP/1.1. Upgrades that are refused are answers as well. */
export function send({ port, method = 'GET', path, headers, body, identity }: Sent): Promise<Answer> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        rejectUnauthorized: false,
        cert: identity?.certificate?.certificate,
        key: identity?.certificate?.privateKey,
        headers: {
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...(identity?.headers as Record<string, string | string[]>),
          ...(headers as Record<string, string | string[]>),
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const received = Buffer.concat(chunks).toString();
          const isJson = String(response.headers['content-type']).startsWith('application/json');
          resolve({
            status: response.statusCode!,
            text: received,
            json: isJson && received ? JSON.parse(received) : undefined,
          });
        });
      },
    );
    outgoing.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode!, text: '', json: undefined });
    });
    outgoing.on('error', reject);
    outgoing.end(text);
  });
}

/** Bytes on a connection, and all that comes back until the server closes it or has been quiet for `quietMs`. */
export async function sendBytes(port: number, bytes: string, quietMs = 300): Promise<string> {
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.setTimeout(quietMs, () => socket.destroy());
  socket.write(Buffer.from(bytes, 'latin1'));
  await closed;
  return Buffer.concat(chunks).toString('latin1');
}
