import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '../../../../component/clock.ts';
import { FrameWriter } from './frame-writer.ts';
import {
  defaultWindowBytes,
  errorCodes,
  frameFlags,
  FrameReader,
  frameTypes,
  maxFrameBytes,
  maxWindowBytes,
  preface,
  ProtocolError,
  settingIds,
  unpadded,
} from './frames.ts';
import { GrpcError, grpcCodes } from './grpc-error.ts';
import { parseResponseHead, UnaryStream, type ResponseHead } from './unary-stream.ts';

const streamWindowBytes = 4 << 20;
const connectionWindowBytes = 32 << 20;
const maxHeaderBlockBytes = 64 << 10;
const maxStreamId = 2 ** 31 - 1;
const maxKnownHeads = 64;
const minTimerMs = 20;

/** A header block that is not complete yet. */
interface OpenBlock {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly parts: Buffer[];
  bytes: number;
}

export interface UnaryRequest {
  /** The header block, as `encodeHeaders` makes it. */
  readonly headers: Buffer;
  /** The message, as `framedMessage` frames it. */
  readonly body: Buffer;
  /** By the monotonic clock. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Unary gRPC calls over one connected socket, by RFC 9113. It tells the peer to keep no header table, so a header block
 * is looked at once and known again by its bytes. Frames of one turn of the event loop leave in one write.
 */
export class Http2Connection {
  readonly #socket: Duplex;
  readonly #clock: Clock;
  readonly #writer: FrameWriter;
  readonly #reader: FrameReader;
  readonly #streams = new Map<number, UnaryStream>();
  /** Calls beyond what the peer takes at once. */
  readonly #waiting = new Set<UnaryStream>();
  /** Streams whose body a window holds back, in order. */
  readonly #unsent = new Set<UnaryStream>();
  readonly #knownHeads = new Map<string, ResponseHead>();
  #openBlock: OpenBlock | undefined;
  #nextId: number;
  #sendWindow = defaultWindowBytes;
  #receiveWindow = connectionWindowBytes;
  #peerWindowBytes = defaultWindowBytes;
  #maxStreams = Infinity;
  /** Calls wait for the peer's settings, which come as soon as it accepts the connection. */
  #hasSettings = false;
  #receivedMs: number;
  #timer: Timer | undefined;
  #timerMs = Infinity;
  #isDraining = false;
  #isClosed = false;

  /** The ids of streams run out on a connection that lives long; a test may begin near the end. */
  constructor(
    socket: Duplex,
    { clock, firstStreamId = 1 }: { readonly clock: Clock; readonly firstStreamId?: number },
  ) {
    this.#socket = socket;
    this.#clock = clock;
    this.#nextId = firstStreamId;
    this.#receivedMs = clock.monotonicMs();
    this.#writer = new FrameWriter((bytes) => socket.write(bytes));
    this.#reader = new FrameReader((type, flags, streamId, payload) => this.#take(type, flags, streamId, payload));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#close(error.message));
    socket.on('close', () => this.#close('the connection was closed'));
    socket.on('end', () => this.#close('the connection was closed'));
    this.#writer.raw(preface);
    this.#sendSettings();
    this.#writer.number(frameTypes.windowUpdate, 0, connectionWindowBytes - defaultWindowBytes);
  }

  /** False once it takes no more calls: it is closed, or ends when those under way are answered. */
  get isOpen(): boolean {
    return !this.#isDraining && !this.#isClosed;
  }

  /** Resolves with the message of the answer. Rejects with a GrpcError, or with the signal's reason. */
  call({ signal, ...request }: UnaryRequest): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) {
        reject(new GrpcError(grpcCodes.UNAVAILABLE, 'the connection is closed', { mayBeApplied: false }));
        return;
      }
      const stream = new UnaryStream(request, { resolve, reject });
      stream.startedMs = this.#clock.monotonicMs();
      if (signal) {
        const cancel = (): void => this.#abandon(stream, signal.reason as Error);
        signal.addEventListener('abort', cancel, { once: true });
        stream.cleanUp = () => signal.removeEventListener('abort', cancel);
      }
      if (stream.deadlineMs < this.#timerMs) this.#setTimer(stream.deadlineMs);
      if (this.#hasSettings && this.#streams.size < this.#maxStreams) this.#start(stream);
      else this.#waiting.add(stream);
    });
  }

  /** Fails what is under way. Safe to call twice. */
  close(): void {
    this.#close('the connection was closed');
  }

  #start(stream: UnaryStream): void {
    stream.id = this.#nextId;
    this.#nextId += 2;
    stream.sendWindow = this.#peerWindowBytes;
    stream.receiveWindow = streamWindowBytes;
    this.#streams.set(stream.id, stream);
    if (this.#nextId > maxStreamId) this.#drain('the connection has no stream left');
    this.#writer.frame(frameTypes.headers, frameFlags.endHeaders, stream.id, stream.headers);
    if (!this.#sendBody(stream)) this.#unsent.add(stream);
  }

  /** Sends what the windows let through. True where that is all. */
  #sendBody(stream: UnaryStream): boolean {
    const { body } = stream;
    for (;;) {
      const left = body.length - stream.sentBytes;
      const bytes = Math.min(left, maxFrameBytes, stream.sendWindow, this.#sendWindow);
      if (bytes <= 0) return false;
      const from = stream.sentBytes;
      stream.sentBytes += bytes;
      stream.sendWindow -= bytes;
      this.#sendWindow -= bytes;
      const isLast = bytes === left;
      this.#writer.frame(frameTypes.data, isLast ? frameFlags.endStream : 0, stream.id, body, from, from + bytes);
      if (isLast) return true;
    }
  }

  #sendMore(): void {
    for (const stream of this.#unsent) {
      if (this.#sendWindow <= 0) return;
      if (this.#sendBody(stream)) this.#unsent.delete(stream);
    }
  }

  #read(chunk: Buffer): void {
    if (this.#isClosed) return;
    this.#receivedMs = this.#clock.monotonicMs();
    try {
      this.#reader.read(chunk);
    } catch (error) {
      const isKnown = error instanceof ProtocolError;
      this.#sendGoAway(isKnown ? error.code : errorCodes.internalError);
      this.#close(`etcd broke the HTTP/2 protocol: ${(error as Error).message}`);
    }
  }

  #take(type: number, flags: number, streamId: number, payload: Buffer): void {
    if (this.#isClosed) return;
    if (this.#openBlock && (type !== frameTypes.continuation || streamId !== this.#openBlock.streamId)) {
      throw new ProtocolError(errorCodes.protocolError, 'a header block was interrupted');
    }
    switch (type) {
      case frameTypes.data:
        return this.#takeData(flags, streamId, payload);
      case frameTypes.headers: {
        const block = unpadded(flags, payload, flags & frameFlags.priority ? 5 : 0);
        return this.#takeHeaders(flags, { streamId, endStream: hasFlag(flags, frameFlags.endStream) }, block);
      }
      case frameTypes.continuation: {
        if (!this.#openBlock) throw new ProtocolError(errorCodes.protocolError, 'a continuation of nothing');
        return this.#takeHeaders(flags, this.#openBlock, payload);
      }
      case frameTypes.rstStream:
        expectLength(payload, 4);
        return this.#takeReset(streamId, payload.readUInt32BE(0));
      case frameTypes.settings:
        return this.#takeSettings(flags, payload);
      case frameTypes.ping:
        expectLength(payload, 8);
        if (!hasFlag(flags, frameFlags.ack)) this.#writer.frame(frameTypes.ping, frameFlags.ack, 0, payload);
        return undefined;
      case frameTypes.goAway:
        return this.#takeGoAway(payload);
      case frameTypes.windowUpdate:
        expectLength(payload, 4);
        return this.#takeWindowUpdate(streamId, payload.readUInt32BE(0) & 0x7fff_ffff);
      case frameTypes.pushPromise:
        throw new ProtocolError(errorCodes.protocolError, 'a push, which was refused');
      default: // Frames of unknown types and priorities mean nothing to us (RFC 9113, 4.1).
        return undefined;
    }
  }

  #takeData(flags: number, streamId: number, payload: Buffer): void {
    this.#receiveWindow -= payload.length;
    if (this.#receiveWindow < connectionWindowBytes / 2) {
      this.#writer.number(frameTypes.windowUpdate, 0, connectionWindowBytes - this.#receiveWindow);
      this.#receiveWindow = connectionWindowBytes;
    }
    const stream = this.#streamOf(streamId);
    if (!stream) return;
    stream.receiveWindow -= payload.length;
    const failure = stream.receive(unpadded(flags, payload));
    if (failure) return this.#abandon(stream, failure);
    if (hasFlag(flags, frameFlags.endStream)) return this.#finish(stream);
    if (stream.receiveWindow < streamWindowBytes / 2) {
      this.#writer.number(frameTypes.windowUpdate, streamId, streamWindowBytes - stream.receiveWindow);
      stream.receiveWindow = streamWindowBytes;
    }
  }

  #takeHeaders(flags: number, to: { readonly streamId: number; readonly endStream: boolean }, part: Buffer): void {
    if (!hasFlag(flags, frameFlags.endHeaders) || this.#openBlock) {
      const open = (this.#openBlock ??= { ...to, parts: [], bytes: 0 });
      // The chunk that the part is a view of may be a large one.
      open.parts.push(Buffer.from(part));
      open.bytes += part.length;
      if (open.bytes > maxHeaderBlockBytes) throw new ProtocolError(errorCodes.enhanceYourCalm, 'too many headers');
      if (!hasFlag(flags, frameFlags.endHeaders)) return;
      this.#openBlock = undefined;
      part = Buffer.concat(open.parts);
    }
    const head = this.#headOf(part);
    const stream = this.#streamOf(to.streamId);
    if (!stream || stream.receiveHead(head)) return;
    if (to.endStream) this.#finish(stream);
  }

  #headOf(block: Buffer): ResponseHead {
    const bytes = block.toString('latin1');
    let head = this.#knownHeads.get(bytes);
    if (!head) {
      try {
        head = parseResponseHead(block);
      } catch (error) {
        throw new ProtocolError(errorCodes.compressionError, (error as Error).message);
      }
      if (this.#knownHeads.size >= maxKnownHeads) this.#knownHeads.clear();
      this.#knownHeads.set(bytes, head);
    }
    return head;
  }

  #takeReset(streamId: number, code: number): void {
    const stream = this.#streamOf(streamId);
    if (!stream) return;
    const isRefused = code === errorCodes.refusedStream;
    const mayBeApplied = stream.mayBeApplied && !isRefused;
    const grpcCode = isRefused
      ? grpcCodes.UNAVAILABLE
      : code === errorCodes.cancel
        ? grpcCodes.CANCELLED
        : code === errorCodes.enhanceYourCalm
          ? grpcCodes.RESOURCE_EXHAUSTED
          : grpcCodes.INTERNAL;
    this.#fail(stream, new GrpcError(grpcCode, `etcd reset the call with code ${code}`, { mayBeApplied }));
  }

  #takeSettings(flags: number, payload: Buffer): void {
    if (hasFlag(flags, frameFlags.ack)) return;
    if (payload.length % 6 !== 0) throw new ProtocolError(errorCodes.frameSizeError, 'settings are cut off');
    this.#hasSettings = true;
    for (let at = 0; at < payload.length; at += 6) {
      const value = payload.readUInt32BE(at + 2);
      switch (payload.readUInt16BE(at)) {
        case settingIds.maxConcurrentStreams:
          this.#maxStreams = value;
          break;
        case settingIds.initialWindowSize: {
          if (value > maxWindowBytes)
            throw new ProtocolError(errorCodes.flowControlError, `a window of ${value} bytes`);
          for (const stream of this.#streams.values()) stream.sendWindow += value - this.#peerWindowBytes;
          this.#peerWindowBytes = value;
          break;
        }
        default: // Frames are never larger than the smallest limit, and header blocks use no table.
      }
    }
    this.#writer.frame(frameTypes.settings, frameFlags.ack, 0, noBytes);
    this.#sendMore();
    this.#startWaiting();
  }

  #takeWindowUpdate(streamId: number, bytes: number): void {
    if (streamId === 0) {
      this.#sendWindow += bytes;
      if (bytes === 0 || this.#sendWindow > maxWindowBytes) {
        throw new ProtocolError(errorCodes.flowControlError, 'a window that cannot be');
      }
    } else {
      const stream = this.#streamOf(streamId);
      if (!stream) return;
      stream.sendWindow += bytes;
      if (bytes === 0 || stream.sendWindow > maxWindowBytes) {
        throw new ProtocolError(errorCodes.flowControlError, 'a window that cannot be');
      }
    }
    this.#sendMore();
  }

  /** What the peer has not begun it will not begin; the rest is waited for. */
  #takeGoAway(payload: Buffer): void {
    if (payload.length < 8) throw new ProtocolError(errorCodes.frameSizeError, 'a GOAWAY is cut off');
    const lastId = payload.readUInt32BE(0) & 0x7fff_ffff;
    const reason = payload.toString('latin1', 8, 200);
    this.#drain(`etcd closes the connection${reason ? `: ${reason}` : ''}`, lastId);
  }

  /** Takes no more calls, fails those that have not begun or that the peer will not begin, and ends with the others. */
  #drain(reason: string, lastId = maxStreamId): void {
    this.#isDraining = true;
    for (const stream of [...this.#streams.values(), ...this.#waiting]) {
      if (stream.id !== 0 && stream.id <= lastId) continue;
      this.#fail(stream, new GrpcError(grpcCodes.UNAVAILABLE, reason, { mayBeApplied: false }));
    }
    this.#closeWhenDrained();
  }

  #streamOf(id: number): UnaryStream | undefined {
    if (id === 0 || id % 2 === 0 || id >= this.#nextId) {
      throw new ProtocolError(errorCodes.protocolError, `a frame of stream ${id}`);
    }
    return this.#streams.get(id);
  }

  #finish(stream: UnaryStream): void {
    const result = stream.result();
    // An answer before the end of the question: the rest of that is not wanted.
    if (!stream.mayBeApplied) this.#writer.number(frameTypes.rstStream, stream.id, errorCodes.cancel);
    if (Buffer.isBuffer(result)) {
      this.#forget(stream);
      stream.resolve(result);
    } else this.#fail(stream, result);
  }

  /** The caller no longer wants the answer, or cannot use it. */
  #abandon(stream: UnaryStream, error: Error): void {
    if (stream.id !== 0) this.#writer.number(frameTypes.rstStream, stream.id, errorCodes.cancel);
    this.#fail(stream, error);
  }

  #fail(stream: UnaryStream, error: Error): void {
    this.#forget(stream);
    stream.reject(error);
  }

  #forget(stream: UnaryStream): void {
    this.#streams.delete(stream.id);
    this.#waiting.delete(stream);
    this.#unsent.delete(stream);
    stream.cleanUp?.();
    if (this.#waiting.size > 0) this.#startWaiting();
    if (this.#isDraining) this.#closeWhenDrained();
  }

  #startWaiting(): void {
    if (!this.#hasSettings) return;
    for (const stream of this.#waiting) {
      if (this.#streams.size >= this.#maxStreams || this.#isDraining) return;
      this.#waiting.delete(stream);
      this.#start(stream);
    }
  }

  #closeWhenDrained(): void {
    if (this.#streams.size === 0) this.#close('the connection was closed');
  }

  #setTimer(atMs: number): void {
    this.#timer?.cancel();
    this.#timerMs = atMs;
    const waitMs = Math.max(minTimerMs, atMs - this.#clock.monotonicMs());
    this.#timer = this.#clock.after(waitMs, () => this.#expire());
  }

  /** Fails what is past its deadline. A connection that has brought nothing since such a call began is taken for dead. */
  #expire(): void {
    this.#timerMs = Infinity;
    const nowMs = this.#clock.monotonicMs();
    let nextMs = Infinity;
    let isDead = false;
    for (const stream of [...this.#streams.values(), ...this.#waiting]) {
      if (stream.deadlineMs > nowMs) {
        nextMs = Math.min(nextMs, stream.deadlineMs);
        continue;
      }
      isDead ||= this.#receivedMs < stream.startedMs;
      const { mayBeApplied } = stream;
      this.#abandon(stream, new GrpcError(grpcCodes.DEADLINE_EXCEEDED, 'no answer in time', { mayBeApplied }));
    }
    if (isDead) this.#close('the connection brings no answers');
    else if (nextMs < Infinity) this.#setTimer(nextMs);
  }

  #sendSettings(): void {
    const payload = Buffer.alloc(18);
    const settings = [
      [settingIds.headerTableSize, 0],
      [settingIds.enablePush, 0],
      [settingIds.initialWindowSize, streamWindowBytes],
    ] as const;
    settings.forEach(([id, value], i) => {
      payload.writeUInt16BE(id, i * 6);
      payload.writeUInt32BE(value, i * 6 + 2);
    });
    this.#writer.frame(frameTypes.settings, 0, 0, payload);
  }

  #sendGoAway(code: number): void {
    const payload = Buffer.alloc(8);
    payload.writeUInt32BE(code, 4);
    this.#writer.frame(frameTypes.goAway, 0, 0, payload);
    this.#writer.end();
  }

  #close(reason: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#timer?.cancel();
    for (const stream of [...this.#streams.values(), ...this.#waiting]) {
      const { mayBeApplied } = stream;
      this.#fail(stream, new GrpcError(grpcCodes.UNAVAILABLE, reason, { mayBeApplied }));
    }
    this.#writer.end();
    this.#socket.destroy();
  }
}

const noBytes = Buffer.alloc(0);

function hasFlag(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

function expectLength(payload: Buffer, bytes: number): void {
  if (payload.length !== bytes)
    throw new ProtocolError(errorCodes.frameSizeError, `a payload of ${payload.length} bytes`);
}
