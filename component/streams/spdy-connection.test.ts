import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, it } from 'mocha';
import { createSpdyClient, type SpdyClient } from '../../test/support/spdy-client.ts';
import { until } from '../../test/support/until.ts';
import { SpdyConnection, type SpdyStream } from './spdy-connection.ts';

describe('SpdyConnection', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) server.close();
  });

  /** A client's socket, and the server's end of it. */
  const open = async (
    onStream: (stream: SpdyStream) => void,
  ): Promise<{ socket: Socket; connection: SpdyConnection; transport: Socket }> => {
    const accepted = Promise.withResolvers<{ connection: SpdyConnection; transport: Socket }>();
    const server = createServer((transport) => {
      accepted.resolve({ connection: new SpdyConnection(transport, Buffer.alloc(0), onStream), transport });
    });
    servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    return { socket, ...(await accepted.promise) };
  };
  const openClient = async (
    onStream: (stream: SpdyStream) => void,
  ): Promise<{ client: SpdyClient; connection: SpdyConnection; transport: Socket }> => {
    const { socket, ...rest } = await open(onStream);
    return { client: createSpdyClient(socket), ...rest };
  };

  const frames: readonly (readonly [name: string, frame: Buffer])[] = [
    ['another version', Buffer.from([0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1])],
    ['a frame that is too large', Buffer.from([0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff])],
    ['a stream that ends before its headers', Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 2, 0, 0])],
    [
      'headers that are not compressed',
      Buffer.from([0x80, 3, 0, 1, 0, 0, 0, 14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]),
    ],
    ['a reset without a stream', Buffer.from([0x80, 3, 0, 3, 0, 0, 0, 0])],
  ];
  for (const [name, frame] of frames)
    it(`closes on ${name}`, async () => {
      const { socket, connection } = await open(() => assert.fail('a stream'));
      socket.write(frame);
      await connection.closed;
    });

  it('answers streams, and gives their headers in lower case', async () => {
    const headers: Record<string, string>[] = [];
    const { client } = await openClient((stream) => headers.push({ ...stream.headers }));
    for (const name of ['stdin', 'stdout']) await (await client.open({ StreamType: name })).replied;
    assert.deepEqual(headers, [{ streamtype: 'stdin' }, { streamtype: 'stdout' }]);
  });

  it('carries five megabytes each way at once', async () => {
    const { client } = await openClient((stream) => stream.pipe(stream));
    const streams = await Promise.all([client.open({}), client.open({})]);
    const chunk = Buffer.alloc(50_000);
    await Promise.all(
      streams.map(async (stream, at) => {
        for (let i = 0; i < 100; i++) {
          chunk.writeUInt32BE(i);
          chunk[4] = at;
          await stream.write(chunk);
        }
        stream.end();
        assert.equal(await stream.ended, undefined);
      }),
    );
    for (const [at, stream] of streams.entries()) {
      const all = Buffer.concat(stream.received);
      assert.equal(all.length, 5_000_000);
      for (let i = 0; i < 100; i++) assert.deepEqual([all.readUInt32BE(i * 50_000), all[i * 50_000 + 4]], [i, at]);
    }
  });

  it('waits for a client that reads slowly, and loses nothing', async () => {
    const total = 400;
    let written = 0;
    const { client } = await openClient((stream) => {
      const chunk = Buffer.alloc(50_000);
      void (async () => {
        for (; written < total; written++) if (!stream.write(chunk)) await once(stream, 'drain');
        stream.end();
      })();
    });
    client.transport.pause();
    const stream = await client.open({});
    // What the kernel's buffers take is not up to us; that it comes to a halt is.
    let seen = -1;
    await until(() => {
      const isHalted = written > 0 && written === seen;
      seen = written;
      return isHalted;
    }, 'the server to wait');
    assert.ok(written < total);
    client.transport.resume();
    assert.equal(await stream.ended, undefined);
    assert.equal(stream.bytes, total * 50_000);
  });

  it('ends only the stream that the client resets', async () => {
    const streams: SpdyStream[] = [];
    const { client } = await openClient((stream) => {
      streams.push(stream);
      if (streams.length === 2) stream.pipe(stream);
    });
    const [reset, kept] = [await client.open({}), await client.open({})];
    await kept.replied;
    const closed = once(streams[0]!, 'close');
    reset.reset();
    await closed;
    assert.equal(streams[0]!.isReset, true);
    await kept.write('still here');
    kept.end();
    assert.equal(await kept.ended, undefined);
    assert.equal(Buffer.concat(kept.received).toString(), 'still here');
  });

  it('resets a stream that its user gives up, and takes no more of it', async () => {
    const { client } = await openClient((stream) => {
      if (stream.headers['kind'] === 'bad') stream.destroy(new Error('not wanted'));
      else stream.pipe(stream);
    });
    const bad = await client.open({ kind: 'bad' });
    assert.equal(await bad.ended, 5);
    await bad.write('ignored');
    const good = await client.open({ kind: 'good' });
    await good.write('taken');
    good.end();
    assert.equal(await good.ended, undefined);
    assert.equal(Buffer.concat(good.received).toString(), 'taken');
  });

  it('answers pings, and says goodbye when it closes', async () => {
    const { client, connection } = await openClient(() => undefined);
    const closed = once(client.transport, 'close');
    client.ping(1);
    await until(() => client.frames.length === 1, 'the answer to the ping');
    connection.close();
    await connection.closed;
    await closed;
    assert.deepEqual(client.frames, [6, 7]);
  });

  it('lets streams finish after a goodbye, and ends them when the client is gone', async () => {
    const ended: string[] = [];
    const { client, connection } = await openClient((stream) => {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => ended.push(text));
    });
    const stream = await client.open({});
    client.goAway();
    await stream.write('last words');
    stream.end();
    await until(() => ended.length === 1, 'the stream to end');
    const open = await client.open({});
    await open.replied;
    client.transport.destroy();
    await connection.closed;
    assert.equal(ended[0], 'last words');
  });

  it('refuses more streams than a client can mean', async () => {
    const { client } = await openClient((stream) => stream.resume());
    const streams = [];
    for (let i = 0; i < 1001; i++) streams.push(await client.open({}));
    assert.equal(await streams[1000]!.ended, 3);
  });
});
