import { GrpcError, codeOfHttpStatus, codeOfStatus, grpcCodes } from './grpc-error.ts';
import { decodeHeaders } from './hpack.ts';

/** What a header block of an answer says; those who get the same block again share it. */
export interface ResponseHead {
  readonly httpStatus: string;
  readonly contentType: string;
  readonly grpcStatus: string | undefined;
  readonly grpcMessage: string;
}

/** Throws where the block is not one that a table of no size allows. */
export function parseResponseHead(block: Buffer): ResponseHead {
  const fields = new Map(decodeHeaders(block));
  return {
    httpStatus: fields.get(':status') ?? '',
    contentType: fields.get('content-type') ?? '',
    grpcStatus: fields.get('grpc-status'),
    grpcMessage: percentDecoded(fields.get('grpc-message') ?? ''),
  };
}

/** gRPC sends messages as UTF-8 with percent signs; what is malformed stays as it is. */
function percentDecoded(message: string): string {
  if (!message.includes('%')) return message;
  try {
    return decodeURIComponent(message);
  } catch {
    return message;
  }
}

const prefixBytes = 5;
/** A length that no answer of etcd has; it would not fit into memory. */
const maxMessageBytes = 1 << 30;

/** A message as gRPC frames it: uncompressed, with its length before it. `write` fills in the bytes after that. */
export function framedMessage(length: number): Buffer {
  const framed = Buffer.allocUnsafe(prefixBytes + length);
  framed[0] = 0;
  framed.writeUInt32BE(length, 1);
  return framed;
}
framedMessage.headerBytes = prefixBytes;

export interface CallRequest {
  /** The header block, as `encodeHeaders` makes it. */
  readonly headers: Buffer;
  /** The message, as `framedMessage` frames it. */
  readonly body: Buffer;
  /** By the monotonic clock; `Infinity` for a call that goes on until somebody ends it. */
  readonly deadlineMs: number;
  /** Takes the messages of an answer that goes on; the question stays open for as long as that. */
  readonly onMessage?: (message: Buffer) => void;
}

/** One call on its connection: what is left to send, what has been received, and who waits for it. */
export class CallStream {
  readonly headers: Buffer;
  readonly body: Buffer;
  readonly deadlineMs: number;
  readonly onMessage: ((message: Buffer) => void) | undefined;
  readonly resolve: (message: Buffer) => void;
  readonly reject: (error: Error) => void;
  /** 0 until the call is let onto the connection. */
  id = 0;
  startedMs = 0;
  sentBytes = 0;
  sendWindow = 0;
  receiveWindow = 0;
  /** The peer gets no more window than it has. */
  isPaused = false;
  /** Takes the listener off the caller's signal. */
  cleanUp: (() => void) | undefined;
  #head: ResponseHead | undefined;
  #prefix: Buffer | undefined;
  #message: Buffer | undefined;
  #filled = 0;

  constructor(
    request: CallRequest,
    settle: { readonly resolve: (message: Buffer) => void; readonly reject: (error: Error) => void },
  ) {
    this.headers = request.headers;
    this.body = request.body;
    this.deadlineMs = request.deadlineMs;
    this.onMessage = request.onMessage;
    this.resolve = settle.resolve;
    this.reject = settle.reject;
  }

  /** A server acts on nothing less than a whole message. */
  get mayBeApplied(): boolean {
    return this.sentBytes === this.body.length;
  }

  /** True once the peer knows that it has the whole question. */
  get isRequestEnded(): boolean {
    return this.onMessage === undefined && this.mayBeApplied;
  }

  /** Takes part of the answer's messages. Returns what is wrong with it. */
  receive(data: Buffer): GrpcError | undefined {
    let rest = data;
    while (rest.length > 0) {
      if (!this.#message) {
        const bytes = this.#prefix ? Buffer.concat([this.#prefix, rest]) : rest;
        if (bytes.length < prefixBytes) {
          this.#prefix = bytes;
          return undefined;
        }
        this.#prefix = undefined;
        if (bytes[0] !== 0) {
          return this.#failure(grpcCodes.INTERNAL, 'the answer is compressed, which was not asked for');
        }
        const length = bytes.readUInt32BE(1);
        if (length > maxMessageBytes)
          return this.#failure(grpcCodes.RESOURCE_EXHAUSTED, `an answer of ${length} bytes`);
        const end = prefixBytes + length;
        if (bytes.length >= end) {
          this.#message = bytes.subarray(prefixBytes, end);
          this.#filled = length;
          rest = bytes.subarray(end);
        } else {
          this.#message = Buffer.allocUnsafe(length);
          this.#filled = 0;
          rest = bytes.subarray(prefixBytes);
        }
      }
      if (this.#filled < this.#message.length) {
        const part = rest.subarray(0, this.#message.length - this.#filled);
        this.#message.set(part, this.#filled);
        this.#filled += part.length;
        rest = rest.subarray(part.length);
      }
      if (this.onMessage && this.#filled === this.#message.length) {
        const message = this.#message;
        this.#message = undefined;
        this.onMessage(message);
      } else if (rest.length > 0) return this.#failure(grpcCodes.INTERNAL, 'the answer is more than one message');
    }
    return undefined;
  }

  /** Takes a header block: the head of the answer, its trailers, or both in one. True where it is an interim answer. */
  receiveHead(head: ResponseHead): boolean {
    if (!this.#head && head.httpStatus.startsWith('1')) return true;
    this.#head = this.#head
      ? { ...head, httpStatus: this.#head.httpStatus, contentType: this.#head.contentType }
      : head;
    return false;
  }

  /** The whole answer has come: its message, or why there is none. */
  result(): Buffer | GrpcError {
    const head = this.#head;
    if (!head) return this.#failure(grpcCodes.INTERNAL, 'the answer has no header');
    const { grpcStatus, grpcMessage, httpStatus, contentType } = head;
    if (grpcStatus === undefined) {
      if (httpStatus !== '200') return this.#failure(codeOfHttpStatus(httpStatus), `HTTP status ${httpStatus}`);
      if (!contentType.startsWith('application/grpc')) {
        return this.#failure(grpcCodes.UNKNOWN, `the answer is of type ${contentType || 'unknown'}`);
      }
      return this.#failure(grpcCodes.INTERNAL, 'the answer has no status');
    }
    const code = codeOfStatus(grpcStatus);
    if (code !== grpcCodes.OK) return this.#failure(code, grpcMessage);
    if (this.onMessage) return this.#failure(grpcCodes.UNAVAILABLE, 'the stream ended');
    if (!this.#message || this.#filled < this.#message.length) {
      return this.#failure(grpcCodes.INTERNAL, 'the answer is cut off');
    }
    return this.#message;
  }

  #failure(code: GrpcError['code'], message: string): GrpcError {
    return new GrpcError(code, message, { mayBeApplied: true });
  }
}
