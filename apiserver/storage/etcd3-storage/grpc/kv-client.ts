import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Deps } from '../../../../component/deps.ts';
import { GrpcError, grpcCodes } from './grpc-error.ts';
import { encodeHeaders } from './hpack.ts';
import { Http2Connection } from './http2-connection.ts';
import {
  decodeRange,
  decodeSwap,
  encodeRange,
  encodeSwap,
  type RangeRequest,
  type RangeResponse,
  type SwapRequest,
  type SwapResponse,
} from './kv-messages.ts';

export interface KvClientTls {
  /** PEM; the system's roots where it is missing. */
  readonly ca?: Buffer;
  /** PEM of the client certificate and its key. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

export interface CallOptions {
  /** By the monotonic clock: the call fails when it is passed. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** A member that does not even let us in is given up after this. */
const connectTimeoutMs = 3_000;
const keepAliveMs = 10_000;
/** Deadlines are told to etcd rounded up, so that few header blocks serve all calls. */
const timeoutStepMs = 250;

/**
 * etcd's KV service at one endpoint. Connects when first used and again when a connection was lost; all who wait for a
 * connection share it. Calls fail with GrpcError, which says whether the call may have been carried out.
 */
export class KvClient {
  readonly #url: URL;
  readonly #tls: KvClientTls;
  readonly #deps: Pick<Deps, 'clock'>;
  readonly #headers = new Map<string, Buffer>();
  /** The one in use, and those that still answer what they were asked before they were given up. */
  readonly #connections = new Set<Http2Connection>();
  #current: Http2Connection | undefined;
  #connecting: Promise<Http2Connection> | undefined;
  #socket: Socket | undefined;
  #isClosed = false;

  constructor(url: URL, tls: KvClientTls, deps: Pick<Deps, 'clock'>) {
    this.#url = url;
    this.#tls = tls;
    this.#deps = deps;
  }

  async range(request: RangeRequest, options: CallOptions): Promise<RangeResponse> {
    return decodeRange(await this.#call('Range', encodeRange(request), options));
  }

  async swap(request: SwapRequest, options: CallOptions): Promise<SwapResponse> {
    return decodeSwap(await this.#call('Txn', encodeSwap(request), options));
  }

  /** Fails what is under way; later calls fail. */
  close(): void {
    this.#isClosed = true;
    this.#socket?.destroy();
    for (const connection of this.#connections) connection.close();
  }

  async #call(method: string, body: Buffer, { deadlineMs, signal }: CallOptions): Promise<Buffer> {
    const connection = this.#current?.isOpen ? this.#current : await this.#connected(deadlineMs, signal);
    return connection.call({ headers: this.#headersOf(method, deadlineMs), body, deadlineMs, signal });
  }

  #headersOf(method: string, deadlineMs: number): Buffer {
    const leftMs = Math.max(1, deadlineMs - this.#deps.clock.monotonicMs());
    const timeout = `${Math.ceil(leftMs / timeoutStepMs) * timeoutStepMs}m`;
    const known = `${method} ${timeout}`;
    let headers = this.#headers.get(known);
    if (!headers) {
      headers = encodeHeaders([
        [':method', 'POST'],
        [':scheme', this.#url.protocol.slice(0, -1)],
        [':path', `/etcdserverpb.KV/${method}`],
        [':authority', this.#url.host],
        ['te', 'trailers'],
        ['content-type', 'application/grpc'],
        ['grpc-timeout', timeout],
        // A member that lost its leader fails at once, instead of keeping calls waiting.
        ['hasleader', 'true'],
      ]);
      this.#headers.set(known, headers);
    }
    return headers;
  }

  /** The connection that all who come meanwhile share. */
  #connected(deadlineMs: number, signal: AbortSignal | undefined): Promise<Http2Connection> {
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    const { promise, resolve, reject } = Promise.withResolvers<Http2Connection>();
    const abort = (): void => reject(signal!.reason as Error);
    const timer = this.#deps.clock.after(Math.max(0, deadlineMs - this.#deps.clock.monotonicMs()), () =>
      reject(new GrpcError(grpcCodes.DEADLINE_EXCEEDED, 'no connection in time', { mayBeApplied: false })),
    );
    signal?.addEventListener('abort', abort, { once: true });
    this.#connecting.then(resolve, reject);
    return promise.finally(() => {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
    });
  }

  async #connect(): Promise<Http2Connection> {
    if (this.#isClosed) throw notConnected('the store is closed');
    const { clock } = this.#deps;
    const socket = (this.#socket = this.#open());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = clock.after(connectTimeoutMs, () => reject(notConnected('connecting takes too long')));
    socket.once(this.#isTls ? 'secureConnect' : 'connect', resolve);
    socket.once('error', (error: NodeJS.ErrnoException) =>
      reject(notConnected(error.message || (error.code ?? 'no connection'), error)),
    );
    socket.once('close', () => reject(notConnected('the connection was closed')));
    try {
      await promise;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      timer.cancel();
      this.#socket = undefined;
    }
    const connection = new Http2Connection(socket, { clock });
    this.#current = connection;
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    return connection;
  }

  get #isTls(): boolean {
    return this.#url.protocol === 'https:';
  }

  #open(): Socket {
    const host = this.#url.hostname.replace(/^\[|\]$/g, '');
    const to = { host, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs };
    if (!this.#isTls) return connectTcp({ ...to, port: Number(this.#url.port || 80) });
    const { ca, cert, key } = this.#tls;
    const port = Number(this.#url.port || 443);
    // TLS knows no server names that are addresses; the certificate is checked against the address itself.
    const servername = isIP(host) ? '' : host;
    return connectTls({ ...to, port, servername, ca, cert, key, ALPNProtocols: ['h2'] });
  }
}

function notConnected(reason: string, cause?: Error): GrpcError {
  return new GrpcError(grpcCodes.UNAVAILABLE, reason, { mayBeApplied: false, cause });
}
