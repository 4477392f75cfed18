import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Dice } from '../dice.ts';
import { readAnswer, type FuzzTarget } from '../fuzz-target.ts';
import type { Attack } from './attack.ts';

/** Long enough for the server to react to what it was sent before the client is gone. */
const lookMs = 50;

/** Says it all, looks a little what happens, and goes away in one of the ways clients do. */
async function sayAndLeave(socket: Socket, parts: readonly (Buffer | string)[], dice: Dice): Promise<void> {
  const closed = new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())));
  socket.resume();
  for (const part of parts) {
    if (socket.destroyed || !socket.writable) break;
    if (!socket.write(part)) await Promise.race([once(socket, 'drain').catch(() => {}), closed]);
  }
  if (dice.chance(0.5)) socket.end();
  const timer = setTimeout(() => socket.destroy(), lookMs);
  await closed;
  clearTimeout(timer);
}

const post = (token: string, rest: string): string =>
  `POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n${rest}`;

/** HTTP/1.1 with lengths that are not true, chunks that are none, headers that break off, and no HTTP at all. */
export const http1Frames: Attack = {
  name: 'broken HTTP/1.1',
  run: async (target, dice) => {
    const { token } = target;
    const get = `GET /api/v1/pods HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\n`;
    const parts = dice.pick<() => (Buffer | string)[]>([
      () => [dice.bytes(dice.number(1, 400))],
      () => [dice.broken(Buffer.from(post(token, 'content-length: 2\r\n\r\n{}')))],
      () => [post(token, 'content-length: 1000\r\n\r\n{"kind"')],
      () => [post(token, 'content-length: 2\r\n\r\n{}garbage{}{}')],
      () => [post(token, 'content-length: -1\r\n\r\n')],
      () => [post(token, 'content-length: 2\r\ncontent-length: 3\r\n\r\n{}x')],
      () => [post(token, 'content-length: 99999999999999999999\r\n\r\n{}')],
      () => [post(token, 'transfer-encoding: chunked\r\n\r\nzz\r\n')],
      () => [post(token, 'transfer-encoding: chunked\r\n\r\nffffffffffffffff\r\nx')],
      () => [post(token, 'transfer-encoding: chunked\r\n\r\n5\r\n{}\r\n0\r\n\r\n')],
      () => [post(token, `transfer-encoding: chunked\r\n\r\n2;${'x'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`)],
      () => [post(token, 'transfer-encoding: chunked, identity\r\ncontent-length: 2\r\n\r\n{}')],
      () => [post(token, 'expect: 100-continue\r\ncontent-length: 2\r\n\r\n')],
      () => [`${get}x: \0\r\n\r\n`],
      () => [`${get} folded\r\n\r\n`],
      () => [`${get}x y: z\r\n\r\n`],
      () => ['GET /api/v1/pods HTTP/9.9\r\n\r\n'],
      () => ['GET /api/v1/pods HTTP/1.1\r\n\r\n'],
      () => ['GET / HTTP/1.0\r\n\r\n'],
      () => [`${get}\r\n`.repeat(dice.number(2, 200))],
      () => [`CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n`],
      () => ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
      () => [get],
    ])();
    await sayAndLeave(await target.connect(dice.pick(['http/1.1', undefined])), parts, dice);
  },
};

/** Connections that never become TLS. */
export const handshakes: Attack = {
  name: 'broken handshakes',
  run: async (target, dice) => {
    const hello = Buffer.from('16030100c8010000c40303', 'hex');
    const parts = dice.pick<() => (Buffer | string)[]>([
      () => [],
      () => [dice.bytes(200)],
      () => [Buffer.concat([hello, dice.bytes(dice.number(0, 300))])],
      () => ['GET / HTTP/1.1\r\n\r\n'],
    ])();
    await sayAndLeave(await target.connectPlain(), parts, dice);
  },
};

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

function frame(type: number, flags: number, stream: number, payload: Buffer, length = payload.length): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length & 0xffffff, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

const settings = frame(4, 0, 0, Buffer.alloc(0));
/** GET https /, by the static table of HPACK. */
const getRoot = Buffer.from([0x82, 0x87, 0x84]);

function oddFrames(dice: Dice): Buffer[] {
  const many = (make: (i: number) => Buffer, most = 500): Buffer[] =>
    Array.from({ length: dice.number(1, most) }, (_, i) => make(i));
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value >>> 0);
    return bytes;
  };
  return dice.pick<() => Buffer[]>([
    () => [dice.bytes(500)],
    () =>
      many(() => frame(dice.number(0, 255), dice.number(0, 255), dice.number(0, 9), dice.bytes(dice.number(0, 40)))),
    () => [frame(0, 0, 1, dice.bytes(10), 0xffffff)],
    () => [frame(1, 5, 1, dice.bytes(50))],
    () => [frame(1, 0, 1, getRoot), ...many(() => frame(9, 0, 1, Buffer.alloc(0)))],
    () => many((i) => Buffer.concat([frame(1, 5, 2 * i + 1, getRoot), frame(3, 0, 2 * i + 1, u32(8))]), 1500),
    () => many((i) => frame(1, 4, 2 * i + 1, getRoot), 400),
    () => many(() => frame(6, 0, 0, dice.bytes(8)), 2000),
    () => many(() => settings, 2000),
    () => many(() => frame(4, 0, 0, Buffer.concat([dice.bytes(2), dice.bytes(4)])), 20),
    () => [frame(8, 0, 0, u32(0)), frame(8, 0, 0, u32(0x7fffffff))],
    () => [frame(0, 1, 7, dice.bytes(20))],
    () => [frame(2, 0, 1, Buffer.concat([u32(1), Buffer.from([1])]))],
    () => [frame(1, 5, 2, getRoot), frame(1, 5, 1, getRoot)],
    () => [frame(5, 4, 1, Buffer.concat([u32(2), getRoot]))],
    () => [frame(7, 0, 0, Buffer.concat([u32(0), u32(0), dice.bytes(100)]))],
  ])();
}

/** HTTP/2 frames that are none, come in the wrong order, or too many of them. */
export const http2Frames: Attack = {
  name: 'broken HTTP/2',
  run: async (target, dice) => {
    const beginning = dice.chance(0.9) ? [preface, settings] : [];
    const first = dice.chance(0.5) ? [frame(1, 5, 1, getRoot)] : [];
    await sayAndLeave(await target.connect('h2'), [...beginning, ...first, ...oddFrames(dice)], dice);
  },
};

const places = [
  'exec?command=x&stdin=1&stdout=1',
  'attach?stdin=1',
  'portforward?ports=80',
  'exec',
  'log?follow=1',
  'proxy/x',
];

async function upgraded(target: FuzzTarget, dice: Dice, upgradeHeaders: string): Promise<Socket> {
  const socket = await target.connect('http/1.1');
  const path = `/api/v1/namespaces/default/pods/one/${dice.pick(places)}`;
  socket.write(
    `${dice.pick(['GET', 'POST'])} ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${target.token}\r\nconnection: Upgrade\r\n${upgradeHeaders}\r\n`,
  );
  await Promise.race([once(socket, 'data'), once(socket, 'close')]).catch(() => {});
  return socket;
}

function webSocketFrame(dice: Dice): Buffer {
  const payload = dice.bytes(dice.number(0, 60));
  return dice.pick<() => Buffer>([
    () => dice.bytes(100),
    () => Buffer.concat([Buffer.from([0x82, payload.length]), payload]),
    () => Buffer.concat([Buffer.from([0x82, 0x80 | payload.length]), Buffer.alloc(4), payload]),
    () => Buffer.concat([Buffer.from([0x80 | dice.number(0, 15), 0x80 | payload.length]), dice.bytes(4), payload]),
    () => Buffer.concat([Buffer.from([0x82, 0xff]), Buffer.alloc(8, 0xff), dice.bytes(20)]),
    () => Buffer.concat([Buffer.from([0x09, 0xfe, 0x01, 0x00]), dice.bytes(260)]),
    () => Buffer.concat([Buffer.from([0xf2, 0x80 | payload.length]), dice.bytes(4), payload]),
    () => Buffer.from([0x88, 0x81, 0, 0, 0, 0, 7]),
  ])();
}

function spdyFrame(dice: Dice): Buffer {
  const payload = dice.bytes(dice.number(0, 60));
  const head = Buffer.alloc(8);
  head.writeUInt16BE(dice.chance(0.8) ? 0x8003 : dice.number(0, 0xffff), 0);
  head.writeUInt16BE(dice.number(0, 12), 2);
  head.writeUInt32BE(dice.chance(0.8) ? payload.length : dice.number(0, 0xffffff), 4);
  return dice.chance(0.2) ? dice.bytes(80) : Buffer.concat([head, payload]);
}

/** Upgrades at exec and the like that are half asked for, and frames that are none once they are granted. */
export const upgrades: Attack = {
  name: 'broken WebSocket and SPDY',
  run: async (target, dice) => {
    const key = dice.pick(['dGhlIHNhbXBsZSBub25jZQ==', 'short', '']);
    const protocol = dice.pick([
      'v5.channel.k8s.io',
      'v4.channel.k8s.io',
      'base64.channel.k8s.io',
      'SPDY/3.1+portforward.k8s.io',
      'nothing',
      '',
    ]);
    const version = dice.pick(['13', '8', 'x']);
    const isWebSocket = dice.chance(0.6);
    const socket = await upgraded(
      target,
      dice,
      isWebSocket
        ? `upgrade: websocket\r\nsec-websocket-key: ${key}\r\nsec-websocket-version: ${version}\r\nsec-websocket-protocol: ${protocol}\r\n`
        : `upgrade: ${dice.pick(['SPDY/3.1', 'spdy/3.1', 'h2c', 'x'])}\r\nx-stream-protocol-version: ${protocol}\r\n`,
    );
    const frames = Array.from({ length: dice.number(0, 8) }, () =>
      isWebSocket ? webSocketFrame(dice) : spdyFrame(dice),
    );
    await sayAndLeave(socket, frames, dice);
  },
};

/** Bodies that stop coming: the server has to end the request, not the client. */
export const slowBodies: Attack = {
  name: 'slow bodies',
  run: async (target, dice) => {
    if (!dice.chance(0.05)) return;
    const socket = await target.connect('http/1.1');
    const answer = readAnswer(socket);
    socket.write(
      post(
        target.token,
        dice.pick(['content-length: 100\r\n\r\n{"a":', 'transfer-encoding: chunked\r\n\r\n5\r\n{"a"']),
      ),
    );
    const { status } = await answer;
    if (status !== 504) throw new Error(`${status ?? 'no answer'} to a body that does not come`);
  },
};
