import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, it } from 'mocha';
import { freePorts } from '../../../test/support/etcd.ts';
import { createTestDeps } from '../../../test/support/test-deps.ts';
import type { Endpoint } from '../../service-table.ts';
import { openPortProxy, type PortProxy } from './port-proxy.ts';

describe('openPortProxy', () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  const server = async (name: string): Promise<Endpoint> => {
    // Reads all that the client sends, answers with its name and how much that was, then ends.
    const tcp: Server = createServer({ allowHalfOpen: true }, (socket) => {
      let bytes = 0;
      socket.on('data', (chunk) => (bytes += chunk.length));
      socket.on('end', () => socket.end(`${name} ${bytes} ${'x'.repeat(bytes)}`));
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(tcp, 'listening');
    cleanups.push(() => tcp.close());
    return { ip: '127.0.0.1', port: (tcp.address() as AddressInfo).port, isLocal: true };
  };
  const open = async (
    protocol: 'TCP' | 'UDP',
    endpoints: () => readonly Endpoint[],
    affinitySeconds = 0,
    mayConnect?: (address: string) => boolean,
  ) => {
    const [port] = await freePorts(1);
    const at = { protocol, address: '127.0.0.1', port: port! };
    const proxy: PortProxy = await openPortProxy(
      at,
      () => ({ endpoints: endpoints(), affinitySeconds, mayConnect }),
      createTestDeps(),
    );
    cleanups.push(() => proxy.close());
    return port!;
  };
  const ask = (port: number, text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connect(port, '127.0.0.1', () => socket.end(text));
      socket.on('data', (chunk) => chunks.push(chunk as Buffer));
      socket.on('error', reject);
      socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    });

  it('passes connections on to all endpoints, half-closed and whole', async () => {
    const endpoints = [await server('a'), await server('b')];
    const port = await open('TCP', () => endpoints);
    const seen = new Set<string>();
    while (seen.size < 2) seen.add((await ask(port, 'hello')).split(' ')[0]!);
    const answer = await ask(port, 'y'.repeat(3_000_000));
    assert.equal(answer.length, 3_000_000 + 'a 3000000 '.length);
  });

  it('tries another endpoint where one does not take the connection, and follows changes', async () => {
    const [dead] = await freePorts(1);
    let endpoints: Endpoint[] = [{ ip: '127.0.0.1', port: dead!, isLocal: true }, await server('a')];
    const port = await open('TCP', () => endpoints);
    for (let i = 0; i < 10; i++) assert.match(await ask(port, 'hello'), /^a 5/);
    endpoints = [await server('b')];
    assert.match(await ask(port, 'hello'), /^b 5/);
  });

  it('resets connections where nothing answers', async () => {
    const port = await open('TCP', () => []);
    await assert.rejects(ask(port, 'hello'), { code: 'ECONNRESET' });
  });

  it('lets in whom it may', async () => {
    const endpoints = [await server('a')];
    const seen: string[] = [];
    const port = await open(
      'TCP',
      () => endpoints,
      0,
      (address) => seen.push(address) > 1,
    );
    assert.equal(await ask(port, 'hello').catch(() => ''), '');
    assert.match(await ask(port, 'hello'), /^a 5/);
    assert.deepEqual(seen, ['127.0.0.1', '127.0.0.1']);
  });

  it('keeps a client with its endpoint where there is affinity', async () => {
    const endpoints = [await server('a'), await server('b')];
    const port = await open('TCP', () => endpoints, 60);
    const first = await ask(port, 'hello');
    for (let i = 0; i < 10; i++) assert.equal(await ask(port, 'hello'), first);
  });

  it('passes datagrams to and fro, in order from the first on', async () => {
    const echo = createSocket('udp4');
    echo.on('message', (message, peer) => echo.send(`echo ${message.toString()}`, peer.port, peer.address));
    echo.bind(0, '127.0.0.1');
    await once(echo, 'listening');
    cleanups.push(() => echo.close());
    const port = await open('UDP', () => [{ ip: '127.0.0.1', port: echo.address().port, isLocal: true }]);
    const client = createSocket('udp4');
    cleanups.push(() => client.close());
    const received: string[] = [];
    const all = new Promise<void>((resolve) =>
      client.on('message', (message) => received.push(message.toString()) === 3 && resolve()),
    );
    for (const text of ['1', '2', '3']) client.send(text, port, '127.0.0.1');
    await all;
    assert.deepEqual(received, ['echo 1', 'echo 2', 'echo 3']);
  });
});
