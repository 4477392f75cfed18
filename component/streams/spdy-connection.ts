import { Duplex } from 'node:stream';
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from 'node:zlib';
import { spdyDictionary } from './spdy-dictionary.ts';

/** SPDY/3.1 frames (SPDY protocol draft 3.1), as far as clients of Kubernetes send them. */
const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;
const flagFin = 1;
const headerBytes = 8;
const version = 3;
/** No frame of a client is larger; a bigger one is a broken or hostile peer. */
const maxFrameBytes = 4 * 1024 * 1024;
const maxHeaderBytes = 64 * 1024;
const maxStreams = 1_000;
/** Data frames are cut to this size, so that streams of one connection take turns. */
const maxDataBytes = 32 * 1024;
const status = { protocolError: 1, refusedStream: 3, cancel: 5 } as const;

/** A stream that the peer opened, with the headers it opened it with. Ending the writable side half-closes it. */
export class SpdyStream extends Duplex {
  readonly id: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly #connection: SpdyConnection;
  #paused: (() => void) | undefined;
  isReset = false;

  constructor(id: number, headers: Readonly<Record<string, string>>, connection: SpdyConnection) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.#connection = connection;
  }

  override _read(): void {
    const resume = this.#paused;
    this.#paused = undefined;
    resume?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#connection.writeData(this.id, chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#connection.writeFin(this.id, callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#connection.forget(this, error !== null);
    this.#paused?.();
    this.#paused = undefined;
    callback(error);
  }

  /** Data of the peer; resolves once more may come (the connection stands still meanwhile: clients send no window updates to rely on). */
  deliver(data: Buffer): Promise<void> | undefined {
    if (this.destroyed || data.length === 0 || this.push(data)) return undefined;
    return new Promise((resolve) => {
      this.#paused = resolve;
    });
  }
}

/**
 * The server's end of a SPDY/3.1 connection over any duplex stream: a socket after an upgrade, or a WebSocket that
 * tunnels. Streams come by `onStream`, already answered. Flow control is the transport's: kubectl never sends
 * WINDOW_UPDATE, and waiting for it would stall after 64 KiB.
 */
export class SpdyConnection {
  readonly #transport: Duplex;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #inflate: Inflate;
  readonly #deflate: Deflate;
  readonly #onStream: (stream: SpdyStream) => void;
  #pending: Buffer = Buffer.alloc(0);
  /** Header blocks share one compression state each way: they are written one after another. */
  #writing: Promise<unknown> = Promise.resolve();
  readonly closed: Promise<void>;

  constructor(transport: Duplex, head: Buffer, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#onStream = onStream;
    const dictionary = spdyDictionary();
    this.#inflate = createInflate({ dictionary });
    this.#deflate = createDeflate({ dictionary });
    this.closed = this.#run(head);
  }

  /** Ends all streams and the connection. */
  close(): void {
    const goAway = control(frameType.goAway, 0, Buffer.alloc(8));
    if (!this.#transport.destroyed) this.#transport.end(goAway);
  }

  writeData(id: number, chunk: Buffer, callback: (error?: Error | null) => void): void {
    for (let start = 0; start < chunk.length; start += maxDataBytes) {
      const part = chunk.subarray(start, start + maxDataBytes);
      const isLast = start + maxDataBytes >= chunk.length;
      this.#transport.write(dataHeader(id, 0, part.length));
      if (isLast) this.#transport.write(part, callback);
      else this.#transport.write(part);
    }
    if (chunk.length === 0) callback();
  }

  writeFin(id: number, callback: (error?: Error | null) => void): void {
    if (this.#transport.destroyed || !this.#transport.writable) return callback();
    this.#transport.write(dataHeader(id, flagFin, 0), () => callback());
  }

  forget(stream: SpdyStream, withError: boolean): void {
    if (this.#streams.get(stream.id) !== stream) return;
    this.#streams.delete(stream.id);
    const isWhole = stream.readableEnded && stream.writableFinished;
    if (stream.isReset || (isWhole && !withError) || this.#transport.destroyed || !this.#transport.writable) return;
    this.#reset(stream.id, status.cancel);
  }

  async #run(head: Buffer): Promise<void> {
    try {
      if (head.length > 0) await this.#take(head);
      for await (const chunk of this.#transport) await this.#take(chunk as Buffer);
      for (const stream of [...this.#streams.values()]) stream.push(null);
    } catch (error) {
      this.#transport.destroy();
      for (const stream of [...this.#streams.values()]) stream.destroy(error as Error);
    } finally {
      for (const stream of [...this.#streams.values()]) stream.destroy();
      this.#inflate.close();
      this.#deflate.close();
      this.#transport.destroy();
    }
  }

  async #take(chunk: Buffer): Promise<void> {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= headerBytes) {
      const length = this.#pending.readUIntBE(5, 3);
      if (length > maxFrameBytes) throw new Error(`SPDY frame of ${length} bytes is too large`);
      const end = headerBytes + length;
      if (this.#pending.length < end) return;
      const frame = this.#pending.subarray(0, end);
      this.#pending = this.#pending.subarray(end);
      if ((frame[0]! & 0x80) !== 0) await this.#takeControl(frame);
      else await this.#takeData(frame);
    }
  }

  async #takeData(frame: Buffer): Promise<void> {
    const id = frame.readUInt32BE(0) & 0x7fffffff;
    const stream = this.#streams.get(id);
    if (!stream) return; // reset by us a moment ago
    const waits = stream.deliver(frame.subarray(headerBytes));
    if (waits) await waits;
    if ((frame[4]! & flagFin) !== 0) stream.push(null);
  }

  async #takeControl(frame: Buffer): Promise<void> {
    if ((frame.readUInt16BE(0) & 0x7fff) !== version) throw new Error('not SPDY version 3');
    const payload = frame.subarray(headerBytes);
    switch (frame.readUInt16BE(2)) {
      case frameType.synStream:
        return this.#open(payload, (frame[4]! & flagFin) !== 0);
      case frameType.rstStream: {
        const stream = this.#streams.get(payload.readUInt32BE(0) & 0x7fffffff);
        if (stream) {
          stream.isReset = true;
          stream.push(null);
          stream.destroy();
        }
        return;
      }
      case frameType.ping:
        this.#transport.write(frame);
        return;
      case frameType.goAway:
      case frameType.settings:
      case frameType.windowUpdate:
        return;
      case frameType.headers:
        await this.#readHeaders(payload.subarray(4)); // keeps the compression state in step
        return;
      default:
        return; // unknown control frames are to be ignored
    }
  }

  async #open(payload: Buffer, isEnded: boolean): Promise<void> {
    const id = payload.readUInt32BE(0) & 0x7fffffff;
    const headers = await this.#readHeaders(payload.subarray(10));
    if (this.#streams.has(id)) return this.#reset(id, status.protocolError);
    if (this.#streams.size >= maxStreams) return this.#reset(id, status.refusedStream);
    const stream = new SpdyStream(id, headers, this);
    stream.on('error', () => stream.destroy()); // who uses it has handlers of its own; nobody may crash for a lost peer
    this.#streams.set(id, stream);
    if (isEnded) stream.push(null);
    await this.#reply(id);
    this.#onStream(stream);
  }

  #reset(id: number, code: number): void {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(id, 0);
    payload.writeUInt32BE(code, 4);
    this.#transport.write(control(frameType.rstStream, 0, payload));
  }

  async #reply(id: number): Promise<void> {
    const noHeaders = Buffer.alloc(4);
    const write = this.#writing.then(() => compress(this.#deflate, noHeaders));
    this.#writing = write.catch(() => undefined); // reported to the one who waits
    const block = await write;
    const streamId = Buffer.alloc(4);
    streamId.writeUInt32BE(id);
    this.#transport.write(control(frameType.synReply, 0, Buffer.concat([streamId, block])));
  }

  async #readHeaders(block: Buffer): Promise<Record<string, string>> {
    const text = await decompress(this.#inflate, block);
    const headers: Record<string, string> = Object.create(null) as Record<string, string>;
    let at = 0;
    const next = (): string => {
      const length = text.readUInt32BE(at);
      const value = text.toString('latin1', at + 4, at + 4 + length);
      at += 4 + length;
      return value;
    };
    const count = text.readUInt32BE(0);
    at = 4;
    for (let i = 0; i < count; i++) {
      const name = next().toLowerCase();
      headers[name] = next();
    }
    return headers;
  }
}

function control(type: number, flags: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(0x8000 | version, 0);
  header.writeUInt16BE(type, 2);
  header[4] = flags;
  header.writeUIntBE(payload.length, 5, 3);
  return Buffer.concat([header, payload]);
}

function dataHeader(id: number, flags: number, length: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(id, 0);
  header[4] = flags;
  header.writeUIntBE(length, 5, 3);
  return header;
}

function decompress(inflate: Inflate, block: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (error?: Error | null): void => {
      inflate.off('data', onData);
      inflate.off('error', end);
      if (error) reject(error);
      else resolve(Buffer.concat(chunks));
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxHeaderBytes) end(new Error('SPDY headers are too large'));
    };
    inflate.on('data', onData);
    inflate.on('error', end);
    // The write is done when its output has been pushed; one more turn lets the last of it be delivered.
    inflate.write(block, (error) => (error ? end(error) : setImmediate(end)));
  });
}

function compress(deflate: Deflate, block: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const onData = (chunk: Buffer): void => void chunks.push(chunk);
    const end = (error?: Error | null): void => {
      deflate.off('data', onData);
      deflate.off('error', end);
      if (error) reject(error);
      else resolve(Buffer.concat(chunks));
    };
    deflate.on('data', onData);
    deflate.on('error', end);
    deflate.write(block, (error) => {
      if (error) end(error);
      else deflate.flush(constants.Z_SYNC_FLUSH, () => setImmediate(end));
    });
  });
}
