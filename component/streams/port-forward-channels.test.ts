import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { until } from '../../test/support/until.ts';
import { startUpgradeServer, type UpgradeServer } from '../../test/support/upgrade-server.ts';
import { portsOf } from './port-forward-channels.ts';
import type { ForwardedConnection } from './forwarded-connection.ts';
import { acceptPortForward } from './port-forward.ts';

describe('port-forward by channels', () => {
  const servers: UpgradeServer[] = [];
  const clients: WebSocket[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) client.terminate();
    for (const server of servers.splice(0)) server.close();
  });

  const open = async (query: string, onConnection: (connection: ForwardedConnection) => void, protocol: string) => {
    const done = Promise.withResolvers<void>();
    const server = await startUpgradeServer((upgrade) => {
      acceptPortForward(upgrade, onConnection).then(done.resolve, done.reject);
    });
    servers.push(server);
    const url = `ws://${server.address}/portForward/a/b?${query}`;
    const client = new WebSocket(url, [protocol]);
    clients.push(client);
    /** What came, by channel. */
    const channels = new Map<number, Buffer>();
    client.on('message', (data: Buffer, isBinary: boolean) => {
      const [channel, payload] = isBinary
        ? [data[0]!, data.subarray(1)]
        : [data[0]! - 0x30, Buffer.from(data.toString('latin1', 1), 'base64')];
      channels.set(channel, Buffer.concat([channels.get(channel) ?? Buffer.alloc(0), payload]));
    });
    await once(client, 'open');
    assert.equal(client.protocol, protocol);
    return { client, channels, done: done.promise };
  };
  const after = (channels: ReadonlyMap<number, Buffer>, channel: number): string =>
    channels.get(channel)?.subarray(2).toString() ?? '';

  it('reads the ports of a query', () => {
    const cases: readonly (readonly [query: string, ports: readonly number[] | undefined])[] = [
      ['port=80', [80]],
      ['port=80&port=81', [80, 81]],
      ['port=80,81', [80, 81]],
      ['', undefined],
      ['port=0', undefined],
      ['port=x', undefined],
      ['port=80,65536', undefined],
    ];
    for (const [query, ports] of cases) assert.deepEqual(portsOf(new URLSearchParams(query)), ports, query);
  });

  for (const protocol of ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io'])
    it(`${protocol}: names the port of each channel, then carries bytes both ways`, async () => {
      const { client, channels } = await open('port=80&port=8080', ({ data }) => data.pipe(data), protocol);
      await until(() => channels.size === 4, 'the channels');
      assert.deepEqual(
        [0, 1, 2, 3].map((channel) => channels.get(channel)!.readUInt16LE(0)),
        [80, 80, 8080, 8080],
      );
      const send = (channel: number, text: string): void =>
        protocol.includes('base64')
          ? client.send(`${channel}${btoa(text)}`)
          : client.send(`${String.fromCharCode(channel)}${text}`);
      send(0, 'one');
      send(2, 'two');
      await until(() => after(channels, 0) === 'one' && after(channels, 2) === 'two', 'the echo');
    });

  it('carries five megabytes to a slow reader', async () => {
    let bytes = 0;
    const { client } = await open(
      'port=80',
      ({ data }) => {
        void (async () => {
          for await (const chunk of data) {
            bytes += (chunk as Buffer).length;
            await new Promise((resolve) => setImmediate(resolve));
          }
        })();
      },
      'v4.channel.k8s.io',
    );
    for (let i = 0; i < 100; i++) client.send(Buffer.alloc(50_001));
    await until(() => bytes === 5_000_000, 'all bytes');
  });

  it('tells on the channel of errors why a port failed, and closes when none is left', async () => {
    const connections: ForwardedConnection[] = [];
    const { client, channels, done } = await open(
      'port=80,81',
      (connection) => connections.push(connection),
      'v4.channel.k8s.io',
    );
    await until(() => connections.length === 2, 'the connections');
    connections[0]!.finish('connection refused');
    await until(() => after(channels, 1) === 'connection refused', 'the error');
    const closed = once(client, 'close');
    connections[1]!.finish();
    await Promise.all([done, closed]);
    assert.equal(after(channels, 3), '');
  });

  it('ends its connections with the client', async () => {
    const ended = Promise.withResolvers<void>();
    const { client, done } = await open(
      'port=80',
      ({ data }) => data.on('end', () => ended.resolve()).resume(),
      'v4.channel.k8s.io',
    );
    client.terminate();
    await Promise.all([ended.promise, done]);
  });
});
