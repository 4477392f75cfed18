import type { Duplex, Readable } from 'node:stream';
import type { RawRequest, RawResponse } from './client.ts';

/**
 * Carries requests to one API server and adds who asks (client certificate, token). Answers of every status are
 * answers; what rejects is a failure to get one, as a TransportError, or the reason of the request's own signal.
 */
export interface Transport {
  /** The server's address as messages and metrics name it, without credentials: `https://10.0.0.1:6443`. */
  readonly url: string;
  request(request: RawRequest): Promise<RawResponse>;
  /**
   * Asks for another protocol (`Connection: Upgrade` is added; `Upgrade` and the rest come from the headers given).
   * Absent where connections cannot be taken over.
   */
  upgrade?(request: RawRequest): Promise<UpgradeAnswer>;
  /** Ends idle connections; those in use end with their requests. */
  close(): void;
}

export type UpgradeAnswer =
  | {
      readonly kind: 'upgraded';
      readonly headers: RawResponse['headers'];
      /** The connection, from now on the caller's. */
      readonly socket: Duplex;
      /** Bytes of the new protocol that came with the answer. */
      readonly head: Buffer;
    }
  | { readonly kind: 'refused'; readonly response: RawResponse };

/** A request ready to be put on a connection. */
export interface ConnectionRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal;
  readonly answerTimeoutMs: number;
  /** What to reject with, and to throw from the body, for a failure of the connection. */
  readonly toError: (error: unknown) => unknown;
}

/** No answer came: refused, reset, timed out, not trusted. The address is in the message. */
export class TransportError extends Error {
  /** Node's code where there is one: ECONNREFUSED, ECONNRESET, CERT_HAS_EXPIRED… */
  readonly code?: string;

  constructor(method: string, url: string, cause: unknown) {
    super(`${method} ${url}: ${describe(cause)}`, { cause });
    this.name = 'TransportError';
    this.code = (cause as { code?: string } | undefined)?.code;
  }
}

/** True where the server cannot have seen the request, so that sending it again is safe for every method. */
export function isNeverSent(error: unknown): boolean {
  return error instanceof TransportError && (error.cause as { neverSent?: boolean } | undefined)?.neverSent === true;
}

function describe(cause: unknown): string {
  // "localhost" that resolves to several addresses fails as an AggregateError without a message.
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) return cause.errors[0].message;
  return cause instanceof Error ? cause.message : String(cause);
}

/** The whole of a body as text. */
export async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return textOf(chunks);
}

/** As `readText`, of a stream that nobody has begun to read; a good deal cheaper than iterating over it. */
export function readStream(stream: Readable, toError: (error: unknown) => unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('end', () => resolve(textOf(chunks)));
    stream.once('error', (error) => reject(toError(error) as Error));
    stream.once('close', () => {
      if (!stream.readableEnded) reject(toError(closedEarly()) as Error);
    });
  });
}

/** The failure of an answer that ended before it was whole. */
export function closedEarly(): Error {
  return Object.assign(new Error('the connection was closed before the answer ended'), { code: 'ECONNRESET' });
}

function textOf(chunks: readonly Buffer[]): string {
  return (chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8');
}
