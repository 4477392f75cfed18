import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { ApiError } from '../../api/meta/errors.ts';
import type { ApiRequest, PeerCertificate, RequestTrail, UpgradeRequest } from '../request.ts';

/** A request as node gave it, HTTP/1.1 or HTTP/2, seen through our own interface. */
export class NodeRequest implements ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: ApiRequest['headers'];
  readonly signal: AbortSignal;
  readonly upgrade: UpgradeRequest | undefined;
  trail: RequestTrail | undefined = undefined;
  readonly #incoming: IncomingMessage | Http2ServerRequest;
  readonly #search: string;
  #query: URLSearchParams | undefined;

  constructor(incoming: IncomingMessage | Http2ServerRequest, signal: AbortSignal, upgrade?: UpgradeRequest) {
    const url = incoming.url ?? '/';
    const question = url.indexOf('?');
    this.method = incoming.method ?? 'GET';
    this.path = question < 0 ? url : url.slice(0, question);
    this.headers = keepApart(incoming);
    this.signal = signal;
    this.upgrade = upgrade;
    this.#incoming = incoming;
    this.#search = question < 0 ? '' : url.slice(question + 1);
  }

  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#search));
  }

  /** Only made when asked for: on HTTP/2 every request has a socket object of its own. */
  get remoteAddress(): string {
    return this.#incoming.socket.remoteAddress ?? '';
  }

  get peerCertificate(): PeerCertificate | undefined {
    return peerCertificateOf(this.#incoming);
  }

  async body(maxBytes: number): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.#incoming as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw tooLarge(maxBytes);
      chunks.push(chunk);
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
  }
}

/** Node joins the values of a header sent more than once with a comma, which may be part of a group's name as well. */
function keepApart({ headers, rawHeaders }: IncomingMessage | Http2ServerRequest): ApiRequest['headers'] {
  if (rawHeaders.length === Object.keys(headers).length * 2) return headers;
  const values = new Map<string, string[]>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    values.set(name, [...(values.get(name) ?? []), rawHeaders[i + 1]!]);
  }
  const repeated = [...values].filter(([, list]) => list.length > 1);
  return { ...headers, ...Object.fromEntries(repeated) };
}

function tooLarge(maxBytes: number): ApiError {
  return new ApiError('RequestEntityTooLarge', `Request entity too large: limit is ${maxBytes}`);
}

/** By connection: what a peer showed cannot change while it lives. */
const certificates = new WeakMap<object, PeerCertificate | null>();

/** Read once a connection, which for HTTP/2 is the session: its requests have each a socket object of their own. */
function peerCertificateOf(incoming: IncomingMessage | Http2ServerRequest): PeerCertificate | undefined {
  const connection = ('stream' in incoming ? incoming.stream?.session : undefined) ?? incoming.socket;
  let known = certificates.get(connection);
  if (known === undefined) {
    const socket = connection === incoming.socket ? incoming.socket : (connection as { socket: unknown }).socket;
    const { authorized } = socket as TLSSocket;
    const der = authorized ? (socket as TLSSocket).getPeerX509Certificate()?.raw : undefined;
    known = der ? describe(der) : null;
    certificates.set(connection, known);
  }
  return known ?? undefined;
}

function describe(der: Buffer): PeerCertificate {
  const { subject } = new X509Certificate(der).toLegacyObject();
  const organizations = subject.O as string | string[] | undefined;
  const commonName = subject.CN as string | string[] | undefined;
  return {
    commonName: (Array.isArray(commonName) ? commonName[0] : commonName) ?? '',
    organizations: organizations === undefined ? [] : Array.isArray(organizations) ? organizations : [organizations],
    raw: der,
  };
}
