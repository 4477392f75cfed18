import type { Deps } from '../../../component/deps.ts';
import { namesFromPrefix, type ResourceNames } from '../keys.ts';
import { CompactedError, FutureRevisionError, StorageUnavailableError } from '../storage.ts';
import type { ChangeBatch, RangeOptions, RangeResult, Storage, StoredValue, WriteResult } from '../storage.ts';
import {
  Etcd3Connection,
  LeaseNotFoundError,
  type CallSettings,
  type Etcd3ConnectionOptions,
} from './etcd3-connection.ts';
import { watchEtcd3 } from './etcd3-watch.ts';
import type { RangeRequest, RangeResponse, SwapRequest, SwapResponse } from './grpc/kv-messages.ts';
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
const probe: RangeRequest = { key: Buffer.from('compact_rev_key'), keysOnly: true };

/**
 * The store on an etcd cluster, 3.4 or newer: reads and writes by a client of our own, watches, leases and compaction by
 * the `etcd3` package (ADR 9). Connects when first used; an etcd that cannot be reached is tried until the deadline of
 * each call, and for good by watches.
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
      const page = await this.#range('list', prefix, { key, rangeEnd: end, limit: wanted, revision: at }, signal);
      for (const kv of page.kvs) items.push(toStored(kv, this.#codec, (bytes) => packer.pack(bytes)));
      newest = page.revision;
      count ??= page.count;
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
    const write = (lease?: bigint): Promise<WriteResult> =>
      this.#write(
        { operation, key, wasApplied: (current) => this.#putWasApplied(value, expectedRevision, current, signal) },
        { key: etcdKey, expectedRevision, put: { value, lease } },
        signal,
      );
    if (!leaseSeconds) return write();
    try {
      return await write(BigInt(await this.#leases.lease(leaseSeconds)));
    } catch (error) {
      if (!(error instanceof LeaseNotFoundError)) throw error;
      this.#leases.forget(leaseSeconds);
      return write(BigInt(await this.#leases.lease(leaseSeconds)));
    }
  }

  async delete(
    key: string,
    { expectedRevision }: { expectedRevision: number },
    signal?: AbortSignal,
  ): Promise<WriteResult> {
    // Whoever did it, the state that was to be deleted is gone, and no other deletion of it can have succeeded twice.
    const wasApplied = async (current: StoredValue | undefined, revision: number): Promise<number | undefined> => {
      if (!current) return revision;
      return current.createRevision > expectedRevision ? current.createRevision - 1 : undefined;
    };
    const request = { key: this.#codec.encode(key), expectedRevision };
    return this.#write({ operation: 'delete', key, wasApplied }, request, signal);
  }

  async currentRevision(signal?: AbortSignal): Promise<number> {
    const { revision } = await this.#range('getCurrentResourceVersion', '', probe, signal);
    return revision;
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
      await this.#measured('compact', '', ({ compaction }, options) => compaction.compact({ revision }, options), {
        signal,
      });
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
    settings: CallSettings,
  ): Promise<T> {
    const startMs = this.#deps.clock.monotonicMs();
    let failed = true;
    try {
      const result = await this.#connection.call(attempt, settings);
      failed = false;
      return result;
    } finally {
      this.#metrics.record(operation, key, (this.#deps.clock.monotonicMs() - startMs) / 1000, failed);
    }
  }

  async #range(operation: Operation, key: string, request: RangeRequest, signal?: AbortSignal): Promise<RangeResponse> {
    try {
      return await this.#measured(operation, key, ({ kv }, options) => kv.range(request, options), { signal });
    } catch (error) {
      const { revision = 0 } = request;
      if (error instanceof CompactedError) throw new CompactedError(Math.max(error.compactRevision, revision + 1));
      if (error instanceof FutureRevisionError) throw new FutureRevisionError(revision);
      throw error;
    }
  }

  /**
   * Compare-and-swap in one transaction, which also reads what is there where it fails. A write that names the revision
   * it replaces cannot take effect twice, so it is made again where it got no answer. A creation can, when what it made
   * was deleted meanwhile: it is looked for instead, and where it is not there nobody knows what became of it.
   */
  async #write(write: Write, request: SwapRequest, signal: AbortSignal | undefined): Promise<WriteResult> {
    let isUncertain = false;
    let response: SwapResponse;
    try {
      response = await this.#measured(
        write.operation,
        write.key,
        ({ kv }, options, mayBeApplied) => {
          isUncertain = mayBeApplied;
          return kv.swap(request, options);
        },
        { signal, effect: request.expectedRevision === 0 ? 'once' : 'idempotent' },
      );
    } catch (error) {
      if (!(error instanceof StorageUnavailableError) || error.kind === 'notApplied') throw error;
      if (request.expectedRevision !== 0) throw error;
      const current = await this.get(write.key, signal);
      if (!current) throw error;
      const applied = await write.wasApplied(current, current.modRevision);
      if (applied !== undefined) return { succeeded: true, revision: applied };
      return { succeeded: false, current, revision: current.modRevision };
    }
    const { revision, succeeded } = response;
    if (succeeded) return { succeeded: true, revision };
    const current = response.current && toStored(response.current, this.#codec, asReceived);
    const applied = isUncertain ? await write.wasApplied(current, revision) : undefined;
    return applied === undefined ? { succeeded: false, current, revision } : { succeeded: true, revision: applied };
  }

  /** Goes back through the states of the key until one is ours, or older than our write can be. */
  async #putWasApplied(
    value: Uint8Array,
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

interface Write {
  readonly operation: Operation;
  readonly key: string;
  /** The revision of our write, where an attempt that got no answer turns out to have taken place. */
  readonly wasApplied: (current: StoredValue | undefined, revision: number) => Promise<number | undefined>;
}

/** For values that are not kept for long. */
function asReceived(bytes: Buffer): Buffer {
  return bytes;
}
