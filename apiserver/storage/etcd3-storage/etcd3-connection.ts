import { createBackoff, type Backoff } from '../../../component/backoff.ts';
import type { Deps } from '../../../component/deps.ts';
import { CompactedError, FutureRevisionError, StorageUnavailableError } from '../storage.ts';
import { EtcdClient, type CallOptions, type EtcdTls } from './grpc/etcd-client.ts';
import { GrpcError, grpcCodes, type GrpcCode } from './grpc/grpc-error.ts';
import { Limiter } from './limiter.ts';

export interface Etcd3ConnectionOptions {
  /** `http://` or `https://`, all of one cluster and one scheme. */
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls;
  readonly deps: Deps;
  /** More than this wait their turn: etcd gets slower, not faster, by thousands of requests at once. Default 256. */
  readonly maxInFlight?: number;
  /** How long a call is tried before it fails with StorageUnavailableError. Default 10 s. */
  readonly timeoutMs?: number;
}

/** The clients of one endpoint, each with a connection of its own: a burst of events must not delay the answers. */
export interface Etcd3Clients {
  readonly etcd: EtcdClient;
  readonly watches: EtcdClient;
}

export interface CallSettings {
  readonly signal?: AbortSignal;
  /**
   * Of a write: `idempotent` where it cannot take effect twice, `once` where it can; that is made again only where it is
   * certain that it was not made. Missing for reads.
   */
  readonly effect?: 'idempotent' | 'once';
}

const attemptTimeoutMs = 5_000;
const reachabilityLogMs = 30_000;

/**
 * Calls to an etcd cluster: bounded in number and time, retried on another endpoint where one fails. Stays with an
 * endpoint as long as it answers. The clients of an endpoint reconnect by themselves.
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
    attempt: (clients: Etcd3Clients, options: CallOptions, mayBeApplied: boolean) => Promise<T>,
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
          const options = { deadlineMs: nowMs + leftMs, signal };
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

/** One member of the cluster. */
class Endpoint {
  readonly url: string;
  readonly clients: Etcd3Clients;

  constructor(url: string, tls: EtcdTls = {}, deps: Deps) {
    this.url = url;
    const parsed = new URL(url.includes('://') ? url : `http://${url}`);
    this.clients = { etcd: new EtcdClient(parsed, tls, deps), watches: new EtcdClient(parsed, tls, deps) };
  }

  close(): void {
    this.clients.etcd.close();
    this.clients.watches.close();
  }
}

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
  return (
    error instanceof GrpcError && transientCodes.has(error.code) && !error.message.includes('database space exceeded')
  );
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
  const { message } = error;
  // etcd gives no more than the text: the revision compacted at is not in it.
  if (message.includes('has been compacted')) return new CompactedError(0);
  if (message.includes('is a future revision')) return new FutureRevisionError(0);
  if (error instanceof GrpcError && error.code === grpcCodes.NOT_FOUND && message.includes('lease not found')) {
    return new LeaseNotFoundError(error);
  }
  return error;
}

/** The lease of a write expired before the write. */
export class LeaseNotFoundError extends Error {
  constructor(cause: Error) {
    super('the lease has expired', { cause });
    this.name = 'LeaseNotFoundError';
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
