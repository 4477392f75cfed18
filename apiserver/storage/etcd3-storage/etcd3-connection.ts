import { isIP } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { credentials, Metadata, type ChannelCredentials, type Client } from '@grpc/grpc-js';
import { castGrpcError, EtcdLeaseInvalidError, KVClient, LeaseClient, WatchClient } from 'etcd3';
import type { ICallable } from 'etcd3';
import { Host } from 'etcd3/lib/connection-pool.js';
import { createBackoff, type Backoff } from '../../../component/backoff.ts';
import type { Deps } from '../../../component/deps.ts';
import { CompactedError, FutureRevisionError, StorageUnavailableError } from '../storage.ts';
import { GrpcError, grpcCodes, type GrpcCode } from './grpc/grpc-error.ts';
import { KvClient, type KvClientTls } from './grpc/kv-client.ts';
import { Limiter } from './limiter.ts';

export interface Etcd3ConnectionOptions {
  /** `http://` or `https://`, all of one cluster and one scheme. */
  readonly endpoints: readonly string[];
  readonly tls?: KvClientTls;
  readonly deps: Deps;
  /** More than this wait their turn: etcd gets slower, not faster, by thousands of requests at once. Default 256. */
  readonly maxInFlight?: number;
  /** How long a call is tried before it fails with StorageUnavailableError. Default 10 s. */
  readonly timeoutMs?: number;
}

/** The clients of one endpoint: our own for what every request needs, the raw ones of the package for the rest. */
export interface Etcd3Clients {
  readonly kv: KvClient;
  readonly compaction: Pick<KVClient, 'compact'>;
  readonly lease: LeaseClient;
  readonly watch: WatchClient;
}

/** Options of one attempt; the raw clients take `deadline`, which is by the clock on the wall. */
export interface AttemptOptions {
  readonly deadlineMs: number;
  readonly deadline: number;
  readonly signal?: AbortSignal;
}

export interface CallSettings {
  readonly signal?: AbortSignal;
  /**
   * Of a write: `idempotent` where it cannot take effect twice, `once` where it can; that is made again only where it is
   * certain that it was not made. Missing for reads.
   */
  readonly effect?: 'idempotent' | 'once';
}

type Service = Parameters<Host['getServiceClient']>[0];
type UnaryMethod = (
  payload: unknown,
  metadata: Metadata,
  options: unknown,
  callback: (error: Error | null, result: unknown) => void,
) => { cancel(): void };

const attemptTimeoutMs = 5_000;
const reachabilityLogMs = 30_000;

/**
 * Calls to an etcd cluster: bounded in number and time, retried on another endpoint where one fails. Stays with an
 * endpoint as long as it answers. Both clients of an endpoint reconnect by themselves.
 */
export class Etcd3Connection {
  readonly #deps: Deps;
  readonly #timeoutMs: number;
  readonly #limiter: Limiter;
  readonly #endpoints: readonly Endpoint[];
  #current = 0;
  #unreachableSinceMs: number | undefined;
  #loggedMs = -Infinity;
  #closed = false;

  constructor({ endpoints, tls, deps, maxInFlight = 256, timeoutMs = 10_000 }: Etcd3ConnectionOptions) {
    if (endpoints.length === 0) throw new Error('an etcd endpoint is needed');
    this.#deps = deps;
    this.#timeoutMs = timeoutMs;
    this.#limiter = new Limiter(maxInFlight);
    this.#endpoints = endpoints.map((url) => new Endpoint(url, tls, deps));
  }

  /**
   * Runs an operation until it answers, fails for good, or the time is over; what is refused is tried again, also
   * elsewhere. `mayBeApplied` tells a write that an earlier attempt of it got no answer and may have taken place.
   */
  async call<T>(
    attempt: (clients: Etcd3Clients, options: AttemptOptions, mayBeApplied: boolean) => Promise<T>,
    { signal, effect }: CallSettings = {},
  ): Promise<T> {
    signal?.throwIfAborted();
    const { clock } = this.#deps;
    const startMs = clock.monotonicMs();
    const endMs = startMs + this.#timeoutMs;
    await this.#limiter.acquire(signal);
    try {
      let pause: Backoff | undefined;
      let mayBeApplied = false;
      for (let nowMs = startMs; ; nowMs = clock.monotonicMs()) {
        if (this.#closed) throw new Error('the store is closed');
        signal?.throwIfAborted();
        const leftMs = Math.max(1, Math.min(attemptTimeoutMs, endMs - nowMs));
        const at = this.#current;
        try {
          const options = { deadlineMs: nowMs + leftMs, deadline: clock.now() + leftMs, signal };
          const result = await attempt(this.#endpoints[at]!.clients, options, mayBeApplied);
          if (this.#unreachableSinceMs !== undefined) this.#reached(at);
          return result;
        } catch (error) {
          signal?.throwIfAborted();
          if (!isTransient(error)) throw translated(error);
          this.failed(at, error);
          mayBeApplied ||= effect !== undefined && wasMaybeApplied(error);
          if (effect === 'once' && mayBeApplied) throw unavailable(error, mayBeApplied);
          pause ??= createBackoff({ initialMs: 50, maxMs: 500, jitter: 0.5 }, this.#deps);
          const pauseMs = pause.next();
          if (pauseMs >= endMs - clock.monotonicMs()) throw unavailable(error, mayBeApplied);
          await clock.sleep(pauseMs, signal);
        }
      }
    } finally {
      this.#limiter.release();
    }
  }

  /** The clients of the endpoint in use, and its number for `failed`. */
  get current(): { readonly at: number; readonly clients: Etcd3Clients } {
    return { at: this.#current, clients: this.#endpoints[this.#current]!.clients };
  }

  /** The next call goes to the next endpoint. Says so in the log, once in a while. */
  failed(at: number, error: unknown): void {
    if (this.#closed) return;
    if (this.#current === at) this.#current = (at + 1) % this.#endpoints.length;
    const nowMs = this.#deps.clock.monotonicMs();
    this.#unreachableSinceMs ??= nowMs;
    if (nowMs - this.#loggedMs < reachabilityLogMs) return;
    this.#loggedMs = nowMs;
    this.#deps.log.warn('etcd is not reachable', { endpoint: this.#endpoints[at]!.url, reason: reasonOf(error) });
  }

  close(): void {
    this.#closed = true;
    for (const endpoint of this.#endpoints) endpoint.close();
  }

  #reached(at: number): void {
    const seconds = (this.#deps.clock.monotonicMs() - this.#unreachableSinceMs!) / 1000;
    this.#unreachableSinceMs = undefined;
    if (this.#loggedMs === -Infinity) return;
    this.#loggedMs = -Infinity;
    this.#deps.log.info('etcd is reachable again', { endpoint: this.#endpoints[at]!.url, afterSeconds: seconds });
  }
}

/**
 * One member of the cluster. Takes the place of the package's own connection handling under its raw clients, which
 * repeats writes blindly and drops whole channels when a single call fails.
 */
class Endpoint implements ICallable<Host> {
  readonly url: string;
  readonly clients: Etcd3Clients;
  readonly callOptionsFactory = undefined;
  readonly #host: Host;
  readonly #metadata = new Metadata();

  constructor(url: string, tls: KvClientTls | undefined, deps: Deps) {
    this.url = url;
    const parsed = new URL(url.includes('://') ? url : `http://${url}`);
    const { hostname, host } = parsed;
    const address = hostname.replace(/^\[|\]$/g, '');
    this.#host = new Host(host, url.startsWith('https:') ? secure(address, tls) : credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 5_000,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1_000,
      'grpc.enable_retries': 0,
      'grpc.enable_channelz': 0,
      'grpc-node.flow_control_window': 4 << 20,
      // TLS knows no server names that are addresses; `secure` checks the certificate against the address itself.
      ...(isIP(address) ? { 'grpc.ssl_target_name_override': 'etcd' } : {}),
    });
    // A member that lost its leader fails at once, instead of keeping watches silent and calls waiting.
    this.#metadata.set('hasleader', 'true');
    this.clients = {
      kv: new KvClient(parsed, tls ?? {}, deps),
      compaction: new KVClient(this),
      lease: new LeaseClient(this),
      watch: new WatchClient(this),
    };
  }

  exec<T>(service: Service, method: string, payload: unknown, options?: object): Promise<T> {
    const client = this.#host.getServiceClient(service) as unknown as Record<string, UnaryMethod>;
    const { deadline, signal } = (options ?? {}) as Partial<AttemptOptions>;
    return new Promise<T>((resolve, reject) => {
      // grpc-js notes the stack of every caller, in case the call fails: a tenth of what a call costs.
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = 0;
      const call = client[method]!(payload, this.#metadata, { deadline }, (error, result) => {
        signal?.removeEventListener('abort', cancel);
        if (error) reject(castGrpcError(error));
        else resolve(result as T);
      });
      Error.stackTraceLimit = stackTraceLimit;
      const cancel = (): void => call.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  async withConnection<R>(
    service: Service,
    run: (args: { resource: Host; client: Client; metadata: Metadata }) => Promise<R> | R,
  ): Promise<R> {
    return run({ resource: this.#host, client: this.#host.getServiceClient(service), metadata: this.#metadata });
  }

  markFailed(): void {}

  close(): void {
    this.clients.kv.close();
    this.#host.close();
  }
}

function secure(address: string, tls: KvClientTls = {}): ChannelCredentials {
  return credentials.createSsl(tls.ca ?? null, tls.key ?? null, tls.cert ?? null, {
    checkServerIdentity: (_name, certificate) => checkServerIdentity(address, certificate),
  });
}

const transientErrors = new Set([
  'GRPCUnavailableError',
  'GRPCDeadlineExceededError',
  'GRPCCancelledError',
  'GRPCInternalError',
  'GRPCUnknownError',
  'GRPCAbortedError',
  'GRPCResourceExhastedError',
  'GRPCGenericError',
]);
const transientCodes: ReadonlySet<GrpcCode> = new Set([
  grpcCodes.UNAVAILABLE,
  grpcCodes.DEADLINE_EXCEEDED,
  grpcCodes.CANCELLED,
  grpcCodes.INTERNAL,
  grpcCodes.UNKNOWN,
  grpcCodes.ABORTED,
  grpcCodes.RESOURCE_EXHAUSTED,
]);
/** With these etcd refuses a request before it does anything for it. */
const refusals = ['etcdserver: no leader', 'etcdserver: too many requests'];

/** True where another attempt may go better. A full database will not. */
function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || error.message.includes('database space exceeded')) return false;
  return error instanceof GrpcError ? transientCodes.has(error.code) : transientErrors.has(error.constructor.name);
}

function wasMaybeApplied(error: unknown): boolean {
  return !(error instanceof GrpcError && (!error.mayBeApplied || refusals.includes(error.message)));
}

function unavailable(error: unknown, mayBeApplied: boolean): StorageUnavailableError {
  const isTimeout = error instanceof GrpcError && error.code === grpcCodes.DEADLINE_EXCEEDED;
  const kind = !mayBeApplied ? 'notApplied' : isTimeout ? 'timedOut' : 'unknown';
  return new StorageUnavailableError(reasonOf(error), { kind, cause: error });
}

function translated(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof EtcdLeaseInvalidError) return new LeaseNotFoundError(error);
  const { message } = error;
  // etcd gives no more than the text: the revision compacted at is not in it.
  if (message.includes('has been compacted')) return new CompactedError(0);
  if (message.includes('is a future revision')) return new FutureRevisionError(0);
  if (error instanceof GrpcError && error.code === grpcCodes.NOT_FOUND && message.includes('lease not found')) {
    return new LeaseNotFoundError(error);
  }
  if (!/^GRPC|^GrpcError/.test(error.constructor.name) && !message.includes('etcdserver:')) return error;
  return new Error(reasonOf(error), { cause: error });
}

/** The lease of a write expired before the write. */
export class LeaseNotFoundError extends Error {
  constructor(cause: Error) {
    super('the lease has expired', { cause });
    this.name = 'LeaseNotFoundError';
  }
}

/** What gRPC says, without its error class and status number. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^(\w*Error: )?(\d+ [A-Z_]+: )?/, '');
}
