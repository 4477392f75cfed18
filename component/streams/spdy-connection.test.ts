import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { describe, it } from 'mocha';
import { SpdyConnection } from './spdy-connection.ts';

describe('SpdyConnection', () => {
  const frames: readonly [string, Buffer][] = [
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
      const closed = Promise.withResolvers<void>();
      const server = createServer((socket) => {
        const { closed: ended } = new SpdyConnection(socket, Buffer.alloc(0), () => assert.fail('a stream'));
        ended.then(closed.resolve, closed.reject);
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(frame);
      await closed.promise;
      socket.destroy();
      server.close();
    });
});
