import type { IncomingMessage } from 'node:http';
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { X509Certificate } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { ApiError } from '../../api/meta/errors.ts';
import type { ApiRequest, PeerCertificate, RequestTrail, UpgradeRequest } from '../request.ts';
import type { ClientSignal } from './client-signal.ts';

/** Most requests have none; nobody changes it. */
const noQuery = new URLSearchParams();
const nothing = Buffer.alloc(0);

/** A request as node gave it, seen through our own interface. What costs something is made for who asks for it. */
abstract class NodeRequest implements ApiRequest {
  readonly method: string;
  readonly uri: string;
  readonly path: string;
  readonly headers: ApiRequest['headers'];
  trail: RequestTrail | undefined = undefined;
  readonly #client: ClientSignal;
  readonly #search: string;
  #query: URLSearchParams | undefined;

  constructor(method: string, url: string, headers: ApiRequest['headers'], client: ClientSignal) {
    const question = url.indexOf('?');
    this.method = method;
    this.uri = url;
    this.path = pathOf(question < 0 ? url : url.slice(0, question));
    this.headers = headers;
    this.#client = client;
    this.#search = question < 0 ? '' : url.slice(question + 1);
  }

  get query(): URLSearchParams {
    return (this.#query ??= this.#search === '' ? noQuery : new URLSearchParams(this.#search));
  }

  get signal(): AbortSignal {
    return this.#client.signal;
  }

  cancel(reason: Error): void {
    this.#client.abort(reason);
  }

  abstract get remoteAddress(): string;
  get peerCertificate(): PeerCertificate | undefined {
    return this.shown().verified;
  }

  get certificateError(): string | undefined {
    return this.shown().error;
  }

  protected abstract shown(): ShownCertificate;
  abstract body(maxBytes: number): Promise<Buffer>;
}

/** RFC 9112, section 3.2.2: a proxy's client writes the whole address; the path is what counts. */
function pathOf(target: string): string {
  if (target.startsWith('/') || target === '*') return target;
  const address = /^[a-z][a-z0-9+.-]*:\/\/[^/]*/i.exec(target);
  return address ? target.slice(address[0].length) || '/' : target;
}

export class Http1Request extends NodeRequest {
  readonly upgrade: UpgradeRequest | undefined;
  readonly #incoming: IncomingMessage;
  readonly #client: ClientSignal;

  constructor(incoming: IncomingMessage, client: ClientSignal, upgrade?: UpgradeRequest) {
    const headers = keepApart(incoming.headers, incoming.rawHeaders);
    super(incoming.method ?? 'GET', incoming.url ?? '/', headers, client);
    this.upgrade = upgrade;
    this.#incoming = incoming;
    this.#client = client;
  }

  get remoteAddress(): string {
    return this.#incoming.socket.remoteAddress ?? '';
  }

  protected shown(): ShownCertificate {
    return certificateOf(this.#incoming.socket as TLSSocket);
  }

  body(maxBytes: number): Promise<Buffer> {
    return readBody(this.#incoming, maxBytes, this.#client);
  }
}

export class Http2Request extends NodeRequest {
  readonly isHttp2 = true;
  readonly #stream: ServerHttp2Stream;
  readonly #client: ClientSignal;

  constructor(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
    client: ClientSignal,
  ) {
    super(headers[':method'] ?? 'GET', headers[':path'] ?? '/', keepApart(headers, rawHeaders), client);
    this.#stream = stream;
    this.#client = client;
  }

  get remoteAddress(): string {
    return this.#stream.session?.socket.remoteAddress ?? '';
  }

  protected shown(): ShownCertificate {
    const { session } = this.#stream;
    return session ? certificateOf(session.socket as TLSSocket, session) : noCertificate;
  }

  body(maxBytes: number): Promise<Buffer> {
    // Node destroys a stream with less ado where nobody has read on to an end that nothing comes before.
    if (this.#stream.endAfterHeaders) return Promise.resolve(nothing);
    return readBody(this.#stream, maxBytes, this.#client);
  }
}

/** Node joins the values of a header sent more than once with a comma, which may be part of a group's name as well. */
function keepApart(headers: ApiRequest['headers'], rawHeaders: readonly string[]): ApiRequest['headers'] {
  if (!isAnyRepeated(rawHeaders)) return headers;
  const values = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    values.set(name, [...(values.get(name) ?? []), rawHeaders[i + 1]!]);
  }
  const repeated = [...values].filter(([, list]) => list.length > 1);
  return { ...headers, ...Object.fromEntries(repeated) };
}

/** Is a name there twice? Of the few that requests have, comparing each with each costs less than a set of them. */
function isAnyRepeated(rawHeaders: readonly string[]): boolean {
  const { length } = rawHeaders;
  if (length > manyHeaders) return true;
  for (let i = 0; i < length; i += 2) {
    const name = rawHeaders[i]!;
    for (let j = i + 2; j < length; j += 2) {
      const other = rawHeaders[j]!;
      if (name === other || (name.length === other.length && name.toLowerCase() === other.toLowerCase())) return true;
    }
  }
  return false;
}

/** Names and values. */
const manyHeaders = 64;

/**
 * Reads to the end, also what is past the limit: a client that is still sending would not read the answer. Whoever sends
 * the answer ends what goes on for too long.
 */
function readBody(incoming: Readable, maxBytes: number, client: ClientSignal): Promise<Buffer> {
  // A stream without a body has ended before anybody reads it, and says so once only.
  if (incoming.readableEnded) return Promise.resolve(nothing);
  if (incoming.closed) return Promise.reject(cutShort());
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let length = 0;
  let isDone = false;
  const fail = (error: Error): void => {
    chunks.length = 0;
    client.listener = undefined;
    reject(error);
  };
  incoming.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > maxBytes) fail(tooLarge(maxBytes));
    else chunks.push(chunk);
  });
  incoming.on('end', () => {
    isDone = true;
    client.listener = undefined;
    resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
  });
  incoming.on('error', (cause) => fail(cutShort(cause)));
  incoming.on('close', () => {
    if (!isDone) fail(cutShort());
  });
  client.listener = fail;
  return promise;
}

function cutShort(cause?: Error): ApiError {
  return new ApiError('BadRequest', 'unexpected EOF', { cause });
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${maxBytes}`);
}

/** What a client showed of itself: a certificate that TLS verified, or why it did not. */
interface ShownCertificate {
  readonly verified?: PeerCertificate;
  readonly error?: string;
}

const noCertificate: ShownCertificate = {};

/** By connection: what a peer showed cannot change while it lives. */
const certificates = new WeakMap<object, ShownCertificate>();

/** Read once a connection. The socket of an HTTP/2 session is a proxy, so the session stands for it. */
function certificateOf(socket: TLSSocket, connection: object = socket): ShownCertificate {
  let known = certificates.get(connection);
  if (known === undefined) {
    const der = socket.getPeerX509Certificate()?.raw;
    if (!der) known = noCertificate;
    else if (socket.authorized) known = { verified: describe(der) };
    else known = { error: String(socket.authorizationError) };
    certificates.set(connection, known);
  }
  return known;
}

function describe(der: Buffer): PeerCertificate {
  const { subject } = new X509Certificate(der).toLegacyObject();
  const organizations = subject.O as string | string[] | undefined;
  const commonName = subject.CN as string | string[] | undefined;
  return {
    // Of several the last counts, as with Go.
    commonName: (Array.isArray(commonName) ? commonName.at(-1) : commonName) ?? '',
    organizations: organizations === undefined ? [] : Array.isArray(organizations) ? organizations : [organizations],
    raw: der,
  };
}
