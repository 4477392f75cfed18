import { once } from 'node:events';
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { constants, createDeflate, createInflate } from 'node:zlib';
import { spdyDictionary } from '../../component/streams/spdy-dictionary.ts';

/** A stream that the client opened. */
export interface SpdyClientStream {
  readonly id: number;
  /** Everything the server has sent on it so far. */
  readonly received: readonly Buffer[];
  readonly bytes: number;
  /** Resolves once the server has answered the stream. */
  readonly replied: Promise<void>;
  /** Resolves once the server has half-closed it, or reset it: with the status of the reset. */
  readonly ended: Promise<number | undefined>;
  /** Resolves when the transport has taken it, or is gone. */
  write(data: Buffer | string): Promise<void>;
  end(): void;
  reset(status?: number): void;
}

/** The client's end of a SPDY/3.1 connection, as far as tests of a server need one; it never sends WINDOW_UPDATE, as kubectl does not. */
export interface SpdyClient {
  readonly transport: Duplex;
  /** Protocol that the server chose (`X-Stream-Protocol-Version`). */
  readonly protocol: string | undefined;
  /** Opens a stream with these headers; the client need not wait for the answer. */
  open(headers: Readonly<Record<string, string>>): Promise<SpdyClientStream>;
  /** Control frames that are about no stream, by type, in the order they came. */
  readonly frames: readonly number[];
  ping(id: number): void;
  goAway(): void;
}

/** What the server said instead of changing the protocol. */
export class UpgradeRefused extends Error {
  readonly status: number;
  constructor(status: number, text: string) {
    super(text);
    this.status = status;
  }
}

/** Asks a server for SPDY/3.1. @throws UpgradeRefused */
export async function connectSpdy(
  url: string,
  options: { readonly protocols: readonly string[]; readonly request?: http.RequestOptions },
): Promise<SpdyClient> {
  const request = http.request(url, {
    method: 'POST',
    headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': [...options.protocols] },
    agent: false,
    ...options.request,
  });
  request.end();
  const answer = await Promise.race([
    once(request, 'upgrade').then(([response, socket, head]) => ({ response, socket, head }) as Upgraded),
    once(request, 'response').then(([response]) => ({ response }) as Refused),
  ]);
  if (!('socket' in answer)) {
    let text = '';
    for await (const chunk of answer.response) text += String(chunk);
    throw new UpgradeRefused(answer.response.statusCode!, text.trim());
  }
  const protocol = answer.response.headers['x-stream-protocol-version'];
  return createSpdyClient(answer.socket, { head: answer.head, protocol: protocol as string | undefined });
}

interface Upgraded {
  readonly response: http.IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}
type Refused = Pick<Upgraded, 'response'>;

const type = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const;
const fin = 1;

interface Opened {
  readonly stream: SpdyClientStream;
  readonly take: (data: Buffer) => void;
  readonly reply: () => void;
  readonly end: (status?: number) => void;
}

/** Speaks over a transport on which both sides have agreed. */
export function createSpdyClient(
  transport: Duplex,
  options: { readonly head?: Buffer; readonly protocol?: string } = {},
): SpdyClient {
  const dictionary = spdyDictionary();
  const deflate = createDeflate({ dictionary });
  const inflate = createInflate({ dictionary });
  inflate.resume();
  const opened = new Map<number, Opened>();
  const frames: number[] = [];
  let pending: Buffer = Buffer.alloc(0);
  let nextId = 1;

  const takeControl = (frame: Buffer): void => {
    const kind = frame.readUInt16BE(2);
    const id = frame.length >= 12 ? frame.readUInt32BE(8) & 0x7fffffff : 0;
    if (kind === type.synReply) {
      inflate.write(frame.subarray(12));
      opened.get(id)?.reply();
    } else if (kind === type.rstStream) opened.get(id)?.end(frame.readUInt32BE(12));
    else frames.push(kind);
  };
  const take = (chunk: Buffer): void => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 8) {
      const end = 8 + pending.readUIntBE(5, 3);
      if (pending.length < end) return;
      const frame = pending.subarray(0, end);
      pending = pending.subarray(end);
      if ((frame[0]! & 0x80) !== 0) takeControl(frame);
      else {
        const stream = opened.get(frame.readUInt32BE(0));
        stream?.take(frame.subarray(8));
        if ((frame[4]! & fin) !== 0) stream?.end();
      }
    }
  };
  transport.on('data', take);
  transport.on('error', () => transport.destroy());
  transport.on('close', () => {
    for (const { end } of opened.values()) end();
  });
  if (options.head?.length) take(options.head);

  const compressed = async (block: Buffer): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    const collect = (chunk: Buffer): void => void chunks.push(chunk);
    deflate.on('data', collect);
    deflate.write(block);
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, () => setImmediate(resolve)));
    deflate.off('data', collect);
    return Buffer.concat(chunks);
  };
  let opening: Promise<unknown> = Promise.resolve();

  return {
    transport,
    protocol: options.protocol,
    frames,
    ping: (id) => transport.write(controlFrame(type.ping, numbers(id))),
    goAway: () => transport.write(controlFrame(type.goAway, numbers(0, 0))),
    open: (headers) => {
      // Header blocks share one compression state.
      const made = opening.then(async () => {
        const id = nextId;
        nextId += 2;
        const block = await compressed(headerBlock(headers));
        const entry = streamOf(transport, id);
        opened.set(id, entry);
        transport.write(controlFrame(type.synStream, Buffer.concat([numbers(id, 0), Buffer.alloc(2), block])));
        return entry.stream;
      });
      opening = made;
      return made;
    },
  };
}

function streamOf(transport: Duplex, id: number): Opened {
  const received: Buffer[] = [];
  const replied = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<number | undefined>();
  let bytes = 0;
  return {
    take: (data) => {
      if (data.length > 0) received.push(Buffer.from(data));
      bytes += data.length;
    },
    reply: replied.resolve,
    end: ended.resolve,
    stream: {
      id,
      received,
      get bytes() {
        return bytes;
      },
      replied: replied.promise,
      ended: ended.promise,
      write: (data) => {
        const payload = Buffer.from(data);
        const frame = Buffer.concat([dataHeader(id, 0, payload.length), payload]);
        return new Promise((resolve) => transport.write(frame, () => resolve()));
      },
      end: () => void transport.write(dataHeader(id, fin, 0)),
      reset: (status = 5) => void transport.write(controlFrame(type.rstStream, numbers(id, status))),
    },
  };
}

function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
  return bytes;
}

function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const entries = Object.entries(headers).flat();
  return Buffer.concat([
    numbers(entries.length / 2),
    ...entries.flatMap((text) => [numbers(text.length), Buffer.from(text)]),
  ]);
}

function controlFrame(kind: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(0x8003, 0);
  header.writeUInt16BE(kind, 2);
  header.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([header, payload]);
}

function dataHeader(id: number, flags: number, length: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(id, 0);
  header[4] = flags;
  header.writeUIntBE(length, 5, 3);
  return header;
}
