import { afterEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { systemClock } from '../../../../component/clock.ts';
import { defaultWindowBytes, errorCodes, frameFlags, FrameReader, frameTypes, preface, settingIds } from './frames.ts';
import { GrpcError, grpcCodes } from './grpc-error.ts';
import { encodeHeaders } from './hpack.ts';
import { Http2Connection } from './http2-connection.ts';
import { framedMessage } from './unary-stream.ts';

const { data, headers, settings, windowUpdate, goAway, rstStream, ping, continuation } = frameTypes;
const { endHeaders, endStream, padded } = frameFlags;

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

function framed(message: Buffer | string): Buffer {
  const bytes = Buffer.from(message);
  const whole = framedMessage(bytes.length);
  whole.set(bytes, framedMessage.headerBytes);
  return whole;
}

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};
const setting = (id: number, value: number): Buffer => {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(id);
  bytes.writeUInt32BE(value, 2);
  return bytes;
};
const ok = encodeHeaders([
  [':status', '200'],
  ['content-type', 'application/grpc'],
]);
const trailers = (status: number, message = ''): Buffer =>
  encodeHeaders([
    ['grpc-status', String(status)],
    ['grpc-message', message],
  ]);
const request = encodeHeaders([
  [':method', 'POST'],
  [':path', '/test'],
  [':scheme', 'http'],
  [':authority', 'test'],
]);

/** The server's end of one connection, frame by frame. */
class RawPeer {
  readonly frames: Frame[] = [];
  readonly #socket: Socket;
  #wake = Promise.withResolvers<void>();

  constructor(socket: Socket) {
    this.#socket = socket;
    const reader = new FrameReader((type, flags, streamId, payload) => {
      this.frames.push({ type, flags, streamId, payload: Buffer.from(payload) });
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
    let opening = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      if (opening.length === preface.length) return reader.read(chunk);
      const bytes = Buffer.concat([opening, chunk]);
      opening = bytes.subarray(0, preface.length);
      if (bytes.length < preface.length) return;
      assert.ok(opening.equals(preface));
      reader.read(bytes.subarray(preface.length));
    });
    socket.on('error', () => {});
  }

  write(type: number, flags: number, streamId: number, payload: Uint8Array = Buffer.alloc(0)): void {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(streamId, 5);
    this.#socket.write(Buffer.concat([head, payload]));
  }

  /** The first frame, of those to come too, that is as asked for. */
  async frame(isIt: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(isIt);
      if (found) return found;
      await this.#wake.promise;
    }
  }

  /** The id of the nth stream, once its question is complete. */
  async asked(nth = 1): Promise<number> {
    const streamId = nth * 2 - 1;
    await this.frame((frame) => frame.streamId === streamId && frame.type === data && (frame.flags & endStream) !== 0);
    return streamId;
  }

  answer(streamId: number, message: string, status = 0): void {
    this.write(headers, endHeaders, streamId, ok);
    this.write(data, 0, streamId, framed(message));
    this.write(headers, endHeaders | endStream, streamId, trailers(status));
  }

  cut(): void {
    this.#socket.destroy();
  }
}

describe('a connection for unary calls', () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  const listen = async (server: ReturnType<typeof createServer>): Promise<Socket> => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.push(() => new Promise((resolve) => server.close(resolve)));
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  };
  const open = async (
    options: { readonly firstStreamId?: number } = {},
  ): Promise<{ connection: Http2Connection; peer: RawPeer; socket: Socket }> => {
    const accepted = Promise.withResolvers<RawPeer>();
    const server = createServer((socket) => {
      const peer = new RawPeer(socket);
      cleanUps.push(() => peer.cut());
      accepted.resolve(peer);
    });
    const socket = await listen(server);
    const connection = new Http2Connection(socket, { clock: systemClock, ...options });
    cleanUps.push(() => connection.close());
    const peer = await accepted.promise;
    peer.write(settings, 0, 0);
    return { connection, peer, socket };
  };
  const ask = async (
    connection: Http2Connection,
    message: Buffer | string = 'question',
    { timeoutMs = 60_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<string> => {
    const deadlineMs = systemClock.monotonicMs() + timeoutMs;
    return (await connection.call({ headers: request, body: framed(message), deadlineMs, signal })).toString();
  };
  const failing = (call: Promise<unknown>, code: number, mayBeApplied: boolean, message = /./): Promise<void> =>
    assert.rejects(call, (error: unknown) => {
      assert.ok(error instanceof GrpcError, String(error));
      assert.deepEqual([error.code, error.mayBeApplied], [code, mayBeApplied], error.message);
      assert.match(error.message, message);
      return true;
    });

  it('asks and is answered', async () => {
    const { connection, peer } = await open();
    const answer = ask(connection);
    const id = await peer.asked();
    const { payload } = await peer.frame(({ type }) => type === data);
    assert.deepEqual(payload, framed('question'));
    peer.answer(id, 'answer');
    assert.equal(await answer, 'answer');
  });

  it('answers settings and pings, and tells that it keeps no header table and takes no pushes', async () => {
    const { peer } = await open();
    peer.write(ping, 0, 0, Buffer.from('12345678'));
    await peer.frame(({ type, flags }) => type === settings && (flags & frameFlags.ack) !== 0);
    const pong = await peer.frame(({ type, flags }) => type === ping && (flags & frameFlags.ack) !== 0);
    assert.equal(pong.payload.toString(), '12345678');
    const { payload } = await peer.frame(({ type, flags }) => type === settings && flags === 0);
    assert.deepEqual(payload.subarray(0, 12), Buffer.concat([setting(1, 0), setting(2, 0)]));
  });

  it('takes an answer in any pieces', async () => {
    const { connection, peer } = await open();
    const answers = Array.from({ length: 4 }, (_, i) => ask(connection, `${i}`));
    for (let nth = 1; nth <= 4; nth++) await peer.asked(nth);
    const message = framed('an answer');
    peer.write(headers, endHeaders, 1, encodeHeaders([[':status', '103']]));
    for (const id of [1, 3, 5, 7]) peer.write(headers, endHeaders, id, ok);
    for (const byte of message) peer.write(data, 0, 1, Buffer.of(byte));
    peer.write(data, padded, 3, Buffer.concat([Buffer.of(3), message, Buffer.alloc(3)]));
    peer.write(data, 0, 5, message.subarray(0, 7));
    peer.write(data, 0, 5);
    peer.write(data, 0, 7, message);
    peer.write(0xbe, 0xff, 7, Buffer.from('a frame that nobody knows'));
    peer.write(data, 0, 5, message.subarray(7));
    for (const id of [1, 3, 5, 7]) peer.write(headers, endHeaders | endStream, id, trailers(0));
    assert.deepEqual(await Promise.all(answers), Array(4).fill('an answer'));
  });

  it('takes headers that are padded, carry a priority, or go on in further frames', async () => {
    const { connection, peer } = await open();
    const first = ask(connection);
    await peer.asked();
    peer.write(
      headers,
      padded | frameFlags.priority,
      1,
      Buffer.concat([Buffer.alloc(6, 2).fill(0, 1), ok.subarray(0, 3), Buffer.alloc(2)]),
    );
    peer.write(continuation, 0, 1, ok.subarray(3, 9));
    peer.write(continuation, 0, 1);
    peer.write(continuation, endHeaders, 1, ok.subarray(9));
    peer.write(data, 0, 1, framed('answer'));
    const last = trailers(0);
    peer.write(headers, endStream, 1, last.subarray(0, 1));
    peer.write(continuation, endHeaders, 1, last.subarray(1));
    assert.equal(await first, 'answer');
    const second = ask(connection);
    await peer.asked(2);
    peer.write(headers, endStream, 3, trailers(14, 'etcdserver: no').subarray(0, 5));
    peer.write(continuation, endHeaders, 3, trailers(14, 'etcdserver: no').subarray(5));
    await failing(second, grpcCodes.UNAVAILABLE, true, /^etcdserver: no$/);
  });

  it('says what the server says, also with no more than trailers', async () => {
    const { connection, peer } = await open();
    const cases: readonly (readonly [Buffer, number, RegExp])[] = [
      [Buffer.concat([ok, trailers(11, 'etcdserver: mvcc: a %E2%82%AC, 100%25')]), 11, /^etcdserver: mvcc: a €, 100%$/],
      [Buffer.concat([ok, trailers(14, 'broken %zz')]), 14, /^broken %zz$/],
      [Buffer.concat([ok, trailers(99)]), grpcCodes.UNKNOWN, /^$/],
      [encodeHeaders([[':status', '503']]), grpcCodes.UNAVAILABLE, /503/],
      [encodeHeaders([[':status', '200'], ['content-type', 'text/html']]), grpcCodes.UNKNOWN, /text\/html/], // prettier-ignore
      [ok, grpcCodes.INTERNAL, /no status/],
      [Buffer.concat([ok, trailers(0)]), grpcCodes.INTERNAL, /cut off/],
    ];
    for (const [i, [block, code, message]] of cases.entries()) {
      const answer = ask(connection);
      peer.write(headers, endHeaders | endStream, await peer.asked(i + 1), block);
      await failing(answer, code, true, message);
    }
  });

  it('refuses answers that are compressed, doubled or cut off, and lets the others be', async () => {
    const { connection, peer } = await open();
    const good = ask(connection);
    const bodies: readonly Buffer[] = [
      Buffer.concat([Buffer.of(1), framed('x').subarray(1)]),
      Buffer.concat([framed('x'), framed('x')]),
      framed('xx').subarray(0, 6),
    ];
    for (const [i, body] of bodies.entries()) {
      const answer = ask(connection);
      const id = await peer.asked(i + 2);
      peer.write(headers, endHeaders, id, ok);
      peer.write(data, 0, id, body);
      peer.write(headers, endHeaders | endStream, id, trailers(0));
      await failing(answer, grpcCodes.INTERNAL, true);
    }
    peer.answer(1, 'good');
    assert.equal(await good, 'good');
  });

  it('takes an answer of 20 MiB, and gives the windows back as it comes', async () => {
    const { connection, peer } = await open();
    const answer = ask(connection);
    const id = await peer.asked();
    const message = Buffer.alloc(20 << 20, 'abcdefghij');
    const whole = framed(message);
    let left = { connection: 0, stream: 0 };
    const initial = await peer.frame(({ type, flags }) => type === settings && flags === 0);
    left = { connection: defaultWindowBytes, stream: initial.payload.readUInt32BE(14) };
    let seen = 0;
    const readUpdates = (): void => {
      for (const frame of peer.frames.slice(seen)) {
        if (frame.type !== windowUpdate) continue;
        if (frame.streamId === 0) left.connection += frame.payload.readUInt32BE();
        else left.stream += frame.payload.readUInt32BE();
      }
      seen = peer.frames.length;
    };
    peer.write(headers, endHeaders, id, ok);
    for (let at = 0; at < whole.length;) {
      readUpdates();
      const bytes = Math.min(16_384, whole.length - at, left.connection, left.stream);
      if (bytes === 0) {
        const known = peer.frames.length;
        await peer.frame((frame) => frame.type === windowUpdate && peer.frames.indexOf(frame) >= known);
        continue;
      }
      peer.write(data, 0, id, whole.subarray(at, at + bytes));
      left.connection -= bytes;
      left.stream -= bytes;
      at += bytes;
    }
    peer.write(headers, endHeaders | endStream, id, trailers(0));
    assert.equal(await answer, message.toString());
  });

  it('sends no more than the windows let through, and first come first served', async () => {
    const { connection, peer } = await open();
    peer.write(settings, 0, 0, setting(settingIds.initialWindowSize, 10));
    await eventually(() => peer.frames.filter(({ type, flags }) => type === settings && flags !== 0).length === 2);
    const sent = (streamId: number): number =>
      peer.frames.filter((f) => f.type === data && f.streamId === streamId).reduce((n, f) => n + f.payload.length, 0);
    const large = Buffer.alloc(100_000, 'x');
    const first = ask(connection, large);
    const second = ask(connection, 'a second question');
    await eventually(() => sent(1) === 10 && sent(3) === 10);
    peer.write(windowUpdate, 0, 3, number(5));
    await eventually(() => sent(3) === 15);
    peer.write(windowUpdate, 0, 3, number(1000));
    peer.answer(await peer.asked(2), 'second');
    assert.equal(await second, 'second');
    peer.write(windowUpdate, 0, 1, number(1_000_000));
    await eventually(() => sent(1) + sent(3) === defaultWindowBytes);
    peer.write(settings, 0, 0, setting(settingIds.initialWindowSize, 0));
    peer.write(windowUpdate, 0, 0, number(1_000_000));
    await peer.asked(1);
    const body = peer.frames.filter((f) => f.type === data && f.streamId === 1);
    assert.ok(Buffer.concat(body.map(({ payload }) => payload)).equals(framed(large)));
    assert.ok(body.every(({ payload }) => payload.length <= 16_384));
    peer.answer(1, 'first');
    assert.equal(await first, 'first');
  });

  it('asks no more at once than the server takes', async () => {
    const { connection, peer } = await open();
    peer.write(settings, 0, 0, setting(settingIds.maxConcurrentStreams, 2));
    await eventually(() => peer.frames.filter(({ type, flags }) => type === settings && flags !== 0).length === 2);
    const answers = Array.from({ length: 5 }, (_, i) => ask(connection, `${i}`));
    for (let nth = 1; nth <= 5; nth++) {
      const id = await peer.asked(nth);
      assert.ok(peer.frames.filter(({ type }) => type === headers).length <= nth + 1);
      peer.answer(id, `answer ${nth}`);
    }
    assert.deepEqual(
      await Promise.all(answers),
      [1, 2, 3, 4, 5].map((nth) => `answer ${nth}`),
    );
  });

  it('waits for what a server that goes away has begun, and knows that it did not begin the rest', async () => {
    const { connection, peer, socket } = await open();
    const first = ask(connection);
    const second = ask(connection);
    await peer.asked(2);
    peer.write(goAway, 0, 0, Buffer.concat([number(1), number(0), Buffer.from('maintenance')]));
    await failing(second, grpcCodes.UNAVAILABLE, false, /maintenance/);
    assert.equal(connection.isOpen, false);
    await failing(ask(connection), grpcCodes.UNAVAILABLE, false);
    peer.answer(1, 'first');
    assert.equal(await first, 'first');
    if (!socket.closed) await once(socket, 'close');
  });

  for (const [name, code, grpcCode, mayBeApplied] of [
    ['refused', errorCodes.refusedStream, grpcCodes.UNAVAILABLE, false],
    ['cancelled', errorCodes.cancel, grpcCodes.CANCELLED, true],
    ['failed', errorCodes.internalError, grpcCodes.INTERNAL, true],
  ] as const) {
    it(`knows of a call that was ${name}`, async () => {
      const { connection, peer } = await open();
      const first = ask(connection);
      const second = ask(connection);
      await peer.asked(2);
      peer.write(rstStream, 0, 1, number(code));
      await failing(first, grpcCode, mayBeApplied);
      peer.answer(3, 'second');
      assert.equal(await second, 'second');
    });
  }

  it('knows what may be carried out when the connection is cut in the middle of an answer', async () => {
    const { connection, peer } = await open();
    const whole = ask(connection);
    const partial = ask(connection, Buffer.alloc(200_000));
    await peer.asked(1);
    peer.write(headers, endHeaders, 1, ok);
    peer.write(data, 0, 1, framed('answer').subarray(0, 8));
    const failures = Promise.all([
      failing(whole, grpcCodes.UNAVAILABLE, true),
      failing(partial, grpcCodes.UNAVAILABLE, false),
    ]);
    peer.cut();
    await failures;
    assert.equal(connection.isOpen, false);
  });

  it('fails a call in time, goes on with the others, and takes a silent connection for dead', async () => {
    const { connection, peer } = await open();
    const late = ask(connection, 'late', { timeoutMs: 60 });
    const other = ask(connection, 'other');
    await peer.asked(2);
    peer.write(ping, 0, 0, Buffer.alloc(8));
    await failing(late, grpcCodes.DEADLINE_EXCEEDED, true);
    const reset = await peer.frame(({ type }) => type === rstStream);
    assert.deepEqual([reset.streamId, reset.payload], [1, number(errorCodes.cancel)]);
    peer.answer(3, 'other');
    assert.equal(await other, 'other');
    const silent = [ask(connection, '', { timeoutMs: 60 }), ask(connection, '', { timeoutMs: 60_000 })];
    await Promise.all([
      failing(silent[0]!, grpcCodes.DEADLINE_EXCEEDED, true),
      failing(silent[1]!, grpcCodes.UNAVAILABLE, true),
    ]);
    assert.equal(connection.isOpen, false);
  });

  it('drops a call whose signal aborts', async () => {
    const { connection, peer } = await open();
    const controller = new AbortController();
    const dropped = ask(connection, 'x', { signal: controller.signal });
    await peer.asked(1);
    controller.abort(new Error('enough'));
    await assert.rejects(dropped, /enough/);
    await peer.frame(({ type, streamId }) => type === rstStream && streamId === 1);
    // What was under way meanwhile is passed over.
    peer.answer(1, 'late');
    const answer = ask(connection);
    peer.answer(await peer.asked(2), 'answer');
    assert.equal(await answer, 'answer');
  });

  it('ends with its last stream, and the next call needs another connection', async () => {
    const { connection, peer } = await open({ firstStreamId: 2 ** 31 - 3 });
    const answers = [ask(connection), ask(connection)];
    const tooLate = ask(connection);
    await failing(tooLate, grpcCodes.UNAVAILABLE, false);
    assert.equal(connection.isOpen, false);
    await failing(ask(connection), grpcCodes.UNAVAILABLE, false);
    for (const id of [2 ** 31 - 3, 2 ** 31 - 1]) {
      await peer.frame(({ type, streamId }) => type === data && streamId === id);
      peer.answer(id, `${id}`);
    }
    assert.deepEqual(await Promise.all(answers), ['2147483645', '2147483647']);
  });

  const malformed: readonly (readonly [what: string, frame: Parameters<RawPeer['write']>])[] = [
    ['a header block that names a table', [headers, endHeaders | endStream, 1, Buffer.of(0xbe)]],
    ['a frame that is too large', [data, 0, 1, Buffer.alloc(16_385)]],
    ['an interrupted header block', [headers, 0, 1, ok]],
    ['a continuation of nothing', [continuation, endHeaders, 1, ok]],
    ['a push', [frameTypes.pushPromise, endHeaders, 1, Buffer.alloc(4)]],
    ['a stream that was never opened', [data, 0, 3, framed('x')]],
    ['data without a stream', [data, 0, 0, framed('x')]],
    ['padding beyond the frame', [data, padded, 1, Buffer.of(9, 1)]],
    ['a reset of the wrong length', [rstStream, 0, 1, Buffer.alloc(3)]],
    ['a window update of nothing', [windowUpdate, 0, 0, number(0)]],
    ['a window too large', [windowUpdate, 0, 1, number(0x7fff_ffff)]],
    ['settings that are cut off', [settings, 0, 0, Buffer.alloc(5)]],
  ];
  for (const [what, frame] of malformed) {
    it(`ends a connection that brings ${what}`, async () => {
      const { connection, peer } = await open();
      const answer = ask(connection);
      await peer.asked(1);
      peer.write(...frame);
      peer.write(ping, 0, 0, Buffer.alloc(8));
      await failing(answer, grpcCodes.UNAVAILABLE, true, /protocol/);
      await peer.frame(({ type }) => type === goAway);
    });
  }

  it('understands a server on another HTTP/2 implementation', async () => {
    const server = createHttp2Server({ settings: { initialWindowSize: 1000, maxConcurrentStreams: 10 } });
    server.on('stream', (stream: ServerHttp2Stream) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        stream.respond({ 'content-type': 'application/grpc', 'x-long': 'Ж'.repeat(300) }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': '' }));
        stream.end(Buffer.concat(parts));
      });
      stream.on('error', () => {});
    });
    const connection = new Http2Connection(await listen(server), { clock: systemClock });
    cleanUps.push(() => connection.close());
    const questions = Array.from({ length: 60 }, (_, i) => Buffer.alloc(i * 7000, `${i} `).toString());
    assert.deepEqual(await Promise.all(questions.map((question) => ask(connection, question))), questions);
  });
});

/** For what no frame tells of. */
async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
}
