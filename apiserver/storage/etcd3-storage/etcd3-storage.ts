import type { IRangeResponse, IRequestOp, ITxnResponse } from 'etcd3';
import type { Deps } from '../../../component/deps.ts';
import { namesFromPrefix, type ResourceNames } from '../keys.ts';
import { CompactedError, FutureRevisionError } from '../storage.ts';
import type { ChangeBatch, RangeOptions, RangeResult, Storage, StoredValue, WriteResult } from '../storage.ts';
import {
  Etcd3Connection,
  LeaseNotFoundError,
  type AttemptOptions,
  type Etcd3ConnectionOptions,
} from './etcd3-connection.ts';
import { watchEtcd3 } from './etcd3-watch.ts';
import { KeyCodec, ValuePacker, toStored } from './key-values.ts';
import { LeasePool } from './lease-pool.ts';
import { StorageMetrics, type Operation } from './storage-metrics.ts';

export interface Etcd3StorageOptions extends Etcd3ConnectionOptions {
  /** What stands in etcd for the `/registry` that keys begin with (`--etcd-prefix`). */
  readonly prefix?: string;
  /** What resources are called in metrics. */
  readonly resourceNames?: ResourceNames;
}

/** Keys asked of etcd at once: enough to keep the round trips rare, few enough not to hold the event loop for long. */
const pageKeys = 500;
/** Any key: only the revision in the answer's header is wanted. */
const probe = { key: Buffer.from('compact_rev_key'), keys_only: true };

/**
 * The store on an etcd cluster, 3.4 or newer, through the raw clients of the `etcd3` package. Connects when first used;
 * an etcd that cannot be reached is tried until the deadline of each call, and for good by watches.
 */
export function createEtcd3Storage(options: Etcd3StorageOptions): Storage {
  return new Etcd3Storage(options);
}

class Etcd3Storage implements Storage {
  readonly #deps: Deps;
  readonly #connection: Etcd3Connection;
  readonly #codec: KeyCodec;
  readonly #metrics: StorageMetrics;
  readonly #leases: LeasePool;

  constructor(options: Etcd3StorageOptions) {
    this.#deps = { ...options.deps, log: options.deps.log.child({ part: 'etcd3-storage' }) };
    this.#connection = new Etcd3Connection({ ...options, deps: this.#deps });
    this.#codec = new KeyCodec(options.prefix ?? '/registry');
    this.#metrics = new StorageMetrics(options.deps.metrics, options.resourceNames ?? namesFromPrefix);
    this.#leases = new LeasePool(options.deps.clock, (ttlSeconds) => this.#grantLease(ttlSeconds));
  }

  async get(key: string, signal?: AbortSignal): Promise<StoredValue | undefined> {
    const { kvs } = await this.#range('get', key, { key: this.#codec.encode(key) }, signal);
    return kvs[0] && toStored(kvs[0], this.#codec, asReceived);
  }

  async range(options: RangeOptions, signal?: AbortSignal): Promise<RangeResult> {
    const { prefix, startKey = prefix, limit = 0, revision = 0 } = options;
    const end = this.#codec.encodeEnd(prefix);
    const packer = new ValuePacker();
    const items: StoredValue[] = [];
    let key = this.#codec.encode(startKey > prefix ? startKey : prefix);
    let count: number | undefined;
    let newest = 0;
    for (let at = revision; ;) {
      const wanted = limit > 0 ? Math.min(limit - items.length, pageKeys) : pageKeys;
      const page = await this.#range('list', prefix, { key, range_end: end, limit: wanted, revision: at }, signal);
      for (const kv of page.kvs) items.push(toStored(kv, this.#codec, (bytes) => packer.pack(bytes)));
      newest = Number(page.header.revision);
      count ??= Number(page.count);
      if (!page.more || (limit > 0 && items.length >= limit)) {
        return { items, revision: newest, more: page.more, count };
      }
      if (at === 0) at = newest;
      key = Buffer.concat([page.kvs.at(-1)!.key, Buffer.of(0)]);
    }
  }

  async put(
    key: string,
    value: Uint8Array,
    { expectedRevision, leaseSeconds }: { expectedRevision: number; leaseSeconds?: number },
    signal?: AbortSignal,
  ): Promise<WriteResult> {
    const operation = expectedRevision === 0 ? 'create' : 'update';
    const etcdKey = this.#codec.encode(key);
    const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const write = (lease: string | undefined): Promise<WriteResult> =>
      this.#write(operation, key, expectedRevision, { request_put: { key: etcdKey, value: bytes, lease } }, signal, {
        wasApplied: (current) => this.#putWasApplied(bytes, expectedRevision, current, signal),
      });
    if (!leaseSeconds) return write(undefined);
    try {
      return await write(await this.#leases.lease(leaseSeconds));
    } catch (error) {
      if (!(error instanceof LeaseNotFoundError)) throw error;
      this.#leases.forget(leaseSeconds);
      return write(await this.#leases.lease(leaseSeconds));
    }
  }

  async delete(
    key: string,
    { expectedRevision }: { expectedRevision: number },
    signal?: AbortSignal,
  ): Promise<WriteResult> {
    const operation = { request_delete_range: { key: this.#codec.encode(key) } };
    return this.#write('delete', key, expectedRevision, operation, signal, {
      // Whoever did it, the state that was to be deleted is gone, and no other deletion of it can have succeeded twice.
      wasApplied: async (current, revision) => {
        if (!current) return revision;
        return current.createRevision > expectedRevision ? current.createRevision - 1 : undefined;
      },
    });
  }

  async currentRevision(signal?: AbortSignal): Promise<number> {
    const { header } = await this.#range('getCurrentResourceVersion', '', probe, signal);
    return Number(header.revision);
  }

  watch(
    options: { prefix: string; afterRevision: number; withPrevious?: boolean },
    signal: AbortSignal,
  ): AsyncIterable<ChangeBatch> {
    return watchEtcd3(
      {
        withPrevious: true,
        ...options,
        connection: this.#connection,
        codec: this.#codec,
        deps: this.#deps,
        checkRevision: async (revision, stop) => {
          await this.#range('getCurrentResourceVersion', '', { ...probe, revision }, stop);
        },
      },
      signal,
    );
  }

  async compact(revision: number, signal?: AbortSignal): Promise<void> {
    try {
      await this.#measured('compact', '', ({ kv }, options) => kv.compact({ revision }, options), signal);
    } catch (error) {
      if (error instanceof FutureRevisionError) throw new FutureRevisionError(revision);
      if (!(error instanceof CompactedError)) throw error;
    }
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  async #measured<T>(
    operation: Operation,
    key: string,
    attempt: Parameters<typeof Etcd3Connection.prototype.call<T>>[0],
    signal?: AbortSignal,
  ): Promise<T> {
    const startMs = this.#deps.clock.monotonicMs();
    let failed = true;
    try {
      const result = await this.#connection.call(attempt, signal);
      failed = false;
      return result;
    } finally {
      this.#metrics.record(operation, key, (this.#deps.clock.monotonicMs() - startMs) / 1000, failed);
    }
  }

  async #range(
    operation: Operation,
    key: string,
    request: { key: Buffer; range_end?: Buffer; limit?: number; revision?: number; keys_only?: boolean },
    signal?: AbortSignal,
  ): Promise<IRangeResponse> {
    try {
      return await this.#measured(operation, key, ({ kv }, options) => kv.range(request, options), signal);
    } catch (error) {
      const { revision = 0 } = request;
      if (error instanceof CompactedError) throw new CompactedError(Math.max(error.compactRevision, revision + 1));
      if (error instanceof FutureRevisionError) throw new FutureRevisionError(revision);
      throw error;
    }
  }

  /** Compare-and-swap in one transaction, which also reads what is there where it fails. */
  async #write(
    operation: Operation,
    key: string,
    expectedRevision: number,
    success: IRequestOp,
    signal: AbortSignal | undefined,
    ambiguous: {
      /** The revision of our write, where an attempt that got no answer turns out to have taken place. */
      wasApplied: (current: StoredValue | undefined, revision: number) => Promise<number | undefined>;
    },
  ): Promise<WriteResult> {
    const etcdKey = this.#codec.encode(key);
    const request = {
      compare: [{ target: 'Mod' as const, result: 'Equal' as const, key: etcdKey, mod_revision: expectedRevision }],
      success: [success],
      failure: [{ request_range: { key: etcdKey } }],
    };
    let uncertain = false;
    const response: ITxnResponse = await this.#measured(
      operation,
      key,
      ({ kv }, options: AttemptOptions, mayBeApplied) => {
        uncertain = mayBeApplied;
        return kv.txn(request, options);
      },
      signal,
    );
    const revision = Number(response.header.revision);
    if (response.succeeded) return { succeeded: true, revision };
    const found = response.responses[0]?.response_range.kvs[0];
    const current = found && toStored(found, this.#codec, asReceived);
    const applied = uncertain ? await ambiguous.wasApplied(current, revision) : undefined;
    return applied === undefined ? { succeeded: false, current, revision } : { succeeded: true, revision: applied };
  }

  /** Goes back through the states of the key until one is ours, or older than our write can be. */
  async #putWasApplied(
    value: Buffer,
    expectedRevision: number,
    current: StoredValue | undefined,
    signal: AbortSignal | undefined,
  ): Promise<number | undefined> {
    let state = current;
    while (state && state.modRevision > expectedRevision) {
      if (state.value.equals(value)) return state.modRevision;
      const request = { key: this.#codec.encode(state.key), revision: state.modRevision - 1 };
      try {
        const { kvs } = await this.#range('get', state.key, request, signal);
        state = kvs[0] && toStored(kvs[0], this.#codec, asReceived);
      } catch (error) {
        if (error instanceof CompactedError) return undefined;
        throw error;
      }
    }
    return undefined;
  }

  async #grantLease(ttlSeconds: number): Promise<string> {
    const { ID } = await this.#connection.call(({ lease }, options) =>
      lease.leaseGrant({ TTL: ttlSeconds, ID: 0 }, options),
    );
    return ID;
  }
}

/** For values that are not kept for long. */
function asReceived(bytes: Buffer): Buffer {
  return bytes;
}
