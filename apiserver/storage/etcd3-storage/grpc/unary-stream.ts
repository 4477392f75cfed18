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

/** One call on its connection: what is left to send, what has been received, and who waits for it. */
export class UnaryStream {
  readonly headers: Buffer;
  readonly body: Buffer;
  readonly deadlineMs: number;
  readonly resolve: (message: Buffer) => void;
  readonly reject: (error: Error) => void;
  /** 0 until the call is let onto the connection. */
  id = 0;
  startedMs = 0;
  sentBytes = 0;
  sendWindow = 0;
  receiveWindow = 0;
  /** Takes the listener off the caller's signal. */
  cleanUp: (() => void) | undefined;
  #head: ResponseHead | undefined;
  #prefix: Buffer | undefined;
  #message: Buffer | undefined;
  #filled = 0;

  constructor(
    request: { readonly headers: Buffer; readonly body: Buffer; readonly deadlineMs: number },
    settle: { readonly resolve: (message: Buffer) => void; readonly reject: (error: Error) => void },
  ) {
    this.headers = request.headers;
    this.body = request.body;
    this.deadlineMs = request.deadlineMs;
    this.resolve = settle.resolve;
    this.reject = settle.reject;
  }

  /** A server acts on nothing less than a whole message. */
  get mayBeApplied(): boolean {
    return this.sentBytes === this.body.length;
  }

  /** Takes part of the answer's message. Returns what is wrong with it. */
  receive(data: Buffer): GrpcError | undefined {
    let rest = data;
    if (!this.#message) {
      const bytes = this.#prefix ? Buffer.concat([this.#prefix, rest]) : rest;
      if (bytes.length < prefixBytes) {
        this.#prefix = bytes;
        return undefined;
      }
      if (bytes[0] !== 0) return this.#failure(grpcCodes.INTERNAL, 'the answer is compressed, which was not asked for');
      const length = bytes.readUInt32BE(1);
      if (length > maxMessageBytes) return this.#failure(grpcCodes.RESOURCE_EXHAUSTED, `an answer of ${length} bytes`);
      if (bytes.length === prefixBytes + length) {
        this.#message = bytes.subarray(prefixBytes);
        this.#filled = length;
        return undefined;
      }
      this.#message = Buffer.allocUnsafe(length);
      rest = bytes.subarray(prefixBytes);
    }
    if (this.#filled + rest.length > this.#message.length) {
      return this.#failure(grpcCodes.INTERNAL, 'the answer is more than one message');
    }
    this.#message.set(rest, this.#filled);
    this.#filled += rest.length;
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
    if (!this.#message || this.#filled < this.#message.length) {
      return this.#failure(grpcCodes.INTERNAL, 'the answer is cut off');
    }
    return this.#message;
  }

  #failure(code: GrpcError['code'], message: string): GrpcError {
    return new GrpcError(code, message, { mayBeApplied: true });
  }
}
