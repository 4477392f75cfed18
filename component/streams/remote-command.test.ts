import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { acceptRemoteCommand, type RemoteStreams, type TerminalSize } from './remote-command.ts';

describe('remote command over a WebSocket', () => {
  const servers: http.Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const open = async (protocol: string): Promise<{ streams: RemoteStreams; socket: WebSocket }> => {
    const accepted = Promise.withResolvers<RemoteStreams | undefined>();
    const server = http.createServer();
    servers.push(server);
    server.on('upgrade', (request, socket, head) => {
      const wishes = { stdin: true, stdout: true, stderr: true, tty: false };
      acceptRemoteCommand({ request, socket, head }, wishes, () => ({ cancel: () => undefined })).then(
        accepted.resolve,
        accepted.reject,
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, [protocol]);
    await once(socket, 'open');
    assert.equal(socket.protocol, protocol);
    return { streams: (await accepted.promise)!, socket };
  };

  for (const protocol of ['v5.channel.k8s.io', 'v4.channel.k8s.io'])
    it(`${protocol}: carries output and tells how it ended`, async () => {
      const { streams, socket } = await open(protocol);
      const messages: Buffer[] = [];
      socket.on('message', (data: Buffer) => messages.push(data));
      streams.stdout!.write('out');
      streams.stderr!.write('err');
      const closed = once(socket, 'close');
      await streams.finish({ metadata: {}, status: 'Success' });
      await closed;
      assert.deepEqual(
        messages.map((data) => [data[0], data.subarray(1).toString()]),
        [
          [1, 'out'],
          [2, 'err'],
          [3, '{"metadata":{},"status":"Success"}'],
        ],
      );
    });

  it('v5: half-closes stdin by channel 255, and takes sizes', async () => {
    const { streams, socket } = await open('v5.channel.k8s.io');
    const sizes: TerminalSize[] = [];
    streams.onResize((size) => sizes.push(size));
    const read = text(streams.stdin!);
    socket.send(Buffer.from('\x04{"Width":80,"Height":24}'));
    socket.send(Buffer.from('\x00input'));
    socket.send(Buffer.from([255, 0]));
    assert.equal(await read, 'input');
    assert.deepEqual(sizes, [{ columns: 80, rows: 24 }]);
    socket.terminate();
    await streams.closed;
  });
});
