import type { Duplex } from 'node:stream';

/**
 * The life of a request is a function of these, apart from sockets: HTTP/1.1, HTTP/2 and the in-process transport are
 * thin callers of `handle`.
 */
export interface ApiRequest {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly uri: string;
  /** Path as sent, still escaped, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Lower-case names. A header sent more than once is an array. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Reads the body to its end; ApiError RequestEntityTooLarge past `maxBytes`. */
  body(maxBytes: number): Promise<Buffer>;
  /** Certificates verified by TLS against the client CA; undefined where none was given. DER of the leaf. */
  readonly peerCertificate?: PeerCertificate;
  /** Why TLS did not verify the certificate that the client showed; undefined where it did, or where none was shown. */
  readonly certificateError?: string;
  readonly remoteAddress: string;
  /** Aborts when the client goes away, the server stops, or `cancel` is called. */
  readonly signal: AbortSignal;
  /** Where the audit log learns of the request; absent where nothing is written of it. Set by the pipeline. */
  trail?: RequestTrail;
  /** Aborts `signal`: nobody waits for the answer any longer. Absent where the caller has deadlines of its own. */
  cancel?(reason: Error): void;
  /** Several requests share one connection. */
  readonly isHttp2?: boolean;
  /** Set on upgrades (WebSocket, SPDY): takes the connection over. Absent on HTTP/2 streams and in process. */
  readonly upgrade?: UpgradeRequest;
}

/** What the audit log is to know of a request beside the request itself. */
export interface RequestTrail {
  /** A finding of who handled the request: `plugin.k8s.io/key`. The first value of a key stays. */
  annotate(key: string, value: string): void;
  /** The body as understood. Copied where it is to be written. */
  requestObject(value: unknown): void;
}

export interface PeerCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
  readonly raw: Buffer;
}

export interface UpgradeRequest {
  readonly protocol: string;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** The HTTP/1.1 request as node gave it, for libraries that answer the handshake themselves. */
  readonly incoming: import('node:http').IncomingMessage;
}

/** Headers have lower-case names. */
export interface ApiResponse {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  /** Whole (one buffer or several, written in order without joining), streamed, or the connection was taken over. */
  readonly body:
    | { readonly kind: 'bytes'; readonly chunks: readonly Uint8Array[] }
    | {
        readonly kind: 'stream';
        readonly write: (sink: ResponseSink, signal: AbortSignal) => Promise<void>;
        /** Resolves once the client has been sent what it begins with, for streams that go on after that. */
        readonly initialized?: Promise<void>;
      }
    | { readonly kind: 'upgraded' };
}

export interface ResponseSink {
  /**
   * False when the peer is slow: await `drained` before more. Chunks may be shared between sinks and are never changed, but
   * by who gives `sent`, and then only once that was called: nobody looks at the chunk any longer. It may never be.
   */
  write(chunk: Uint8Array, sent?: () => void): boolean;
  drained(): Promise<void>;
  /** Bytes accepted and not yet sent. */
  readonly bufferedBytes: number;
}

export type Handler = (request: ApiRequest) => Promise<ApiResponse>;
