import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import {
  connectSpdy,
  createSpdyClient,
  type SpdyClient,
  type SpdyClientStream,
} from '../../test/support/spdy-client.ts';
import { until } from '../../test/support/until.ts';
import { startUpgradeServer, type UpgradeServer } from '../../test/support/upgrade-server.ts';
import type { ForwardedConnection } from './forwarded-connection.ts';
import { acceptPortForward } from './port-forward.ts';

describe('port-forward', () => {
  const servers: UpgradeServer[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const serve = async (onConnection: (connection: ForwardedConnection) => void) => {
    const done = Promise.withResolvers<void>();
    const ways: string[] = [];
    const server = await startUpgradeServer((upgrade) => {
      acceptPortForward(upgrade, onConnection, (way) => ways.push(way)).then(done.resolve, done.reject);
    });
    servers.push(server);
    return { address: server.address, done: done.promise, ways };
  };
  /** Gives back what it gets, then ends. */
  const echo = ({ data, finish }: ForwardedConnection): void => {
    data.pipe(data);
    data.on('end', () => finish());
  };
  const textOf = ({ received }: SpdyClientStream): string => Buffer.concat(received).toString();

  const bySpdy = async (address: string): Promise<SpdyClient> => {
    const client = await connectSpdy(`http://${address}/`, { protocols: ['portforward.k8s.io'] });
    assert.equal(client.protocol, 'portforward.k8s.io');
    return client;
  };
  const byTunnel = async (address: string): Promise<SpdyClient> => {
    const key = Buffer.alloc(16, 7).toString('base64');
    // `ws` does not offer names with a slash, so the handshake is made by hand.
    const request = http.request(`http://${address}/`, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': key,
        'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io',
      },
      agent: false,
    });
    request.end();
    const [response, socket] = (await once(request, 'upgrade')) as [http.IncomingMessage, Socket];
    assert.equal(response.headers['sec-websocket-protocol'], 'SPDY/3.1+portforward.k8s.io');
    return createSpdyClient(tunnelOf(socket), { protocol: 'portforward.k8s.io' });
  };

  for (const [way, connect] of [
    ['spdy', bySpdy],
    ['websocket', byTunnel],
  ] as const)
    describe(`by ${way}`, () => {
      /** Opens the two streams of a connection. */
      const forward = async (client: SpdyClient, port: number, requestID: string) => {
        const headers = { port: String(port), requestID };
        const error = await client.open({ ...headers, streamType: 'error' });
        error.end();
        const data = await client.open({ ...headers, streamType: 'data' });
        return { error, data };
      };

      it('carries five megabytes both ways on two connections', async () => {
        const ports: number[] = [];
        const { address, ways } = await serve((connection) => {
          ports.push(connection.port);
          echo(connection);
        });
        const client = await connect(address);
        const pairs = [await forward(client, 80, '0'), await forward(client, 8080, '1')];
        await Promise.all(
          pairs.map(async ({ data, error }, at) => {
            for (let i = 0; i < 100; i++) await data.write(Buffer.alloc(50_000, at + 1));
            data.end();
            await Promise.all([data.ended, error.ended]);
            assert.equal(data.bytes, 5_000_000);
            assert.ok(data.received.every((chunk) => chunk[0] === at + 1));
            assert.equal(textOf(error), '');
          }),
        );
        assert.deepEqual(ports.sort(), [80, 8080]);
        assert.deepEqual(ways, [way]);
      });

      it('tells why a connection failed, and serves the next', async () => {
        const { address } = await serve((connection) => {
          if (connection.port === 81) connection.finish('connection refused');
          else echo(connection);
        });
        const client = await connect(address);
        const bad = await forward(client, 81, '0');
        await Promise.all([bad.error.ended, bad.data.ended]);
        assert.equal(textOf(bad.error), 'connection refused');
        const good = await forward(client, 80, '1');
        await good.data.write('hello');
        good.data.end();
        await good.data.ended;
        assert.equal(textOf(good.data), 'hello');
      });

      it('resets streams that are none of it', async () => {
        const { address } = await serve(() => assert.fail('a connection'));
        const client = await connect(address);
        for (const headers of [
          { streamType: 'data', port: '0' },
          { streamType: 'data', port: '65536' },
          { streamType: 'stdin', port: '80' },
        ])
          assert.equal(await (await client.open({ ...headers, requestID: '0' })).ended, 5);
      });

      it('ends its connections with the client', async () => {
        const connections: ForwardedConnection[] = [];
        const { address, done } = await serve((connection) => {
          connections.push(connection);
          connection.data.resume();
        });
        const client = await connect(address);
        await forward(client, 80, '0');
        await until(() => connections.length === 1, 'the connection');
        const closed = once(connections[0]!.data, 'close');
        client.transport.destroy();
        await Promise.all([done, closed]);
      });
    });

  it('refuses channels where the query names no port', async () => {
    const { address } = await serve(() => assert.fail('a connection'));
    const socket = new WebSocket(`ws://${address}/portForward/a/b`, ['v4.channel.k8s.io']);
    const [error] = (await once(socket, 'error')) as [Error];
    assert.match(error.message, /400/);
  });
});

/** Binary messages of a WebSocket as a stream: as much of a client's end of RFC 6455 as the tunnel needs. */
function tunnelOf(socket: Socket): Duplex {
  let pending: Buffer = Buffer.alloc(0);
  const tunnel = new Duplex({
    read: () => socket.resume(),
    write: (chunk: Buffer, _encoding, callback) => {
      const header = Buffer.alloc(14);
      header[0] = 0x82;
      header[1] = 0xff; // masked (with zeros), its length in eight bytes
      header.writeBigUInt64BE(BigInt(chunk.length), 2);
      socket.write(Buffer.concat([header, chunk]), callback);
    },
    destroy: (error, callback) => {
      socket.destroy();
      callback(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2) {
      const short = pending[1]! & 0x7f;
      const head = short === 127 ? 10 : short === 126 ? 4 : 2;
      if (pending.length < head) return;
      const length =
        short === 127 ? Number(pending.readBigUInt64BE(2)) : short === 126 ? pending.readUInt16BE(2) : short;
      if (pending.length < head + length) return;
      if ((pending[0]! & 0x0f) === 2) tunnel.push(Buffer.from(pending.subarray(head, head + length)));
      pending = pending.subarray(head + length);
    }
  });
  socket.on('close', () => tunnel.destroy());
  socket.on('error', () => tunnel.destroy());
  return tunnel;
}
