import { setImmediate } from 'node:timers/promises';
import type { Deps } from '../../component/deps.ts';
import { boundsOf, CacheBucket, type CacheListener, type Topic } from './cache-bucket.ts';
import type { CacheEntry, CacheEvent, Digest, DigestFunction } from './cache-entry.ts';
import type { IndexTerm } from './digest-index.ts';
import type { EventRingLimits } from './event-ring.ts';
import { ExpectedWrites } from './expected-writes.ts';
import { namesFromPrefix, registryPrefix, resourcePrefixOf, type ResourceNames } from './keys.ts';
import { RevisionWaiters } from './revision-waiters.ts';
import { SharedRead } from './shared-read.ts';
import { CompactedError, FutureRevisionError } from './storage.ts';
import type { Change, ChangeBatch, Storage, StoredValue } from './storage.ts';
import { registerWatchCacheMetrics } from './watch-cache-metrics.ts';

export type { CacheListener } from './cache-bucket.ts';

export interface SubscribeOptions {
  /** Delivers every event after this revision: first those the cache still has, within the call, then live. */
  readonly afterRevision: number;
  /** Ends the subscription, as the returned function does. */
  readonly signal?: AbortSignal;
  /**
   * Revisions went back (the store was restored from a backup): nothing more will come, and a new list is needed.
   * A subscription without it goes on, and is told what differs, at revisions that may be lower than those before.
   */
  readonly onTerminate?: () => void;
}

export interface ListOptions {
  /** Inclusive. */
  readonly startKey?: string;
  /** Exclusive. */
  readonly endKey?: string;
  readonly limit?: number;
  /**
   * Terms that hold for all that is wanted: lets the cache leave out what others stand for, and it may leave in any. Not
   * together with a limit.
   */
  readonly where?: readonly IndexTerm[];
}

/**
 * All objects of the store as bytes, kept up by one watch for the whole process: one order of events, one revision.
 * Reads are synchronous and as of `revision`. For "most recent" reads await `consistentRevision`, then
 * `waitForRevision`, then read.
 */
export interface WatchCache {
  /** Loads, then follows the store until the signal aborts. Store failures are retried, never thrown. */
  run(signal: AbortSignal): Promise<void>;
  /** True once the first load is complete. */
  readonly synced: boolean;
  waitForSync(signal?: AbortSignal): Promise<void>;
  /** All changes up to here are in the cache and have been delivered to every subscription. */
  readonly revision: number;
  /** Rejects with upstream's 504 "Too large resource version" where the cache does not get there in time. */
  waitForRevision(
    revision: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<void>;
  /**
   * A revision that is at least that of every write acknowledged before the call. One tiny linearizable read is shared
   * by all who wait for it to be sent; whoever comes later gets the next one.
   */
  consistentRevision(signal?: AbortSignal): Promise<number>;
  /** Tells of a revision known to exist, such as that of an own write; `consistentRevision` never answers less. */
  noteRevision(revision: number): void;
  /** Tells of a value about to be written under a key, and what digesting it gives: the watch need not parse it again. */
  expect(key: string, value: Buffer, digest: Digest): void;
  /** `resourcePrefix`: that of the key, where the caller has it. */
  get(key: string, resourcePrefix?: string): CacheEntry | undefined;
  /** In key order; O(log n + result). */
  list(prefix: string, options?: ListOptions): CacheEntry[];
  /** Is there no object of a resource at all? */
  isEmpty(resourcePrefix: string): boolean;
  count(prefix: string, options?: Pick<ListOptions, 'startKey' | 'endKey'>): number;
  /**
   * As `list`, of what was there at an older revision, with the count of what is beyond the limit. Undefined where the
   * cache no longer holds, or does not yet hold, all changes that this takes: the store may know.
   */
  listAt(
    prefix: string,
    revision: number,
    options?: Omit<ListOptions, 'where'>,
  ): { readonly entries: CacheEntry[]; readonly remaining: number } | undefined;
  /** No older state than that of the revision is listed any more, as the store itself refuses to. Watches go on. */
  forgetBefore(revision: number): void;
  /** Digests all objects of a resource anew, after what can be selected of it has changed. Tells nobody. */
  redigest(resourcePrefix: string): void;
  /** Lets the history of a resource begin now: earlier revisions are too old to watch it from. For a resource that is new. */
  beginHistory(resourcePrefix: string): void;
  /**
   * Events after `afterRevision`, in revision order and grouped as they arrived; the second argument of the listener is
   * how far the cache is with them. It is called synchronously, for events that are held already within this call, and
   * memos of live events last only until the last listener has returned. `prefix` is that of a resource or of one namespace of it, ending in '/', or one whole key. Throws CompactedError
   * when events after `afterRevision` are no longer held. Returns what ends the subscription.
   */
  subscribe(prefix: string, options: SubscribeOptions, listener: CacheListener): () => void;
}

export interface WatchCacheOptions {
  readonly storage: Storage;
  readonly deps: Deps;
  readonly digest: DigestFunction;
  /** Default `/registry/`. */
  readonly prefix?: string;
  /** History held for each resource: at most so many events, and about so many bytes of superseded states. */
  readonly history?: EventRingLimits;
  /** What resources are called in metrics. */
  readonly resourceNames?: ResourceNames;
}

const defaultHistory: EventRingLimits = { maxEvents: 100_000, maxBytes: 16 << 20 };
/** Pages of a load are about so large: decoding one holds the event loop for a few milliseconds. */
const pageBytes = 1 << 20;
const pageKeys = { first: 200, min: 20, max: 2_000 };
/** Work on loaded pages is cut into slices of this length, so that the event loop stays free. */
const sliceMs = 4;
const retryMs = 1000;
/** Reads of the newest revision at once: few wait for another's, and many requests still share one. */
const readsUnderWay = 4;

/**
 * Reads nothing before `run`, and can be subscribed to only once it is `synced`. Registers its metrics in
 * `deps.metrics`; the storage stays the caller's to close.
 */
export function createWatchCache(options: WatchCacheOptions): WatchCache {
  return new StorageWatchCache(options);
}

class StorageWatchCache implements WatchCache {
  readonly #storage: Storage;
  readonly #deps: Deps;
  readonly #digest: DigestFunction;
  readonly #prefix: string;
  readonly #history: EventRingLimits;
  readonly #buckets = new Map<string, CacheBucket>();
  readonly #firstSync = Promise.withResolvers<void>();
  readonly #waiters: RevisionWaiters;
  readonly #newest: SharedRead<number>;
  readonly #expected = new ExpectedWrites();
  #revision = 0;
  /** What the first load, or a load after lost history, was as of: no event before it is held. */
  #loadRevision = 0;
  #knownRevision = 0;
  #oldestListed = 0;
  #initializations = 0;

  constructor(options: WatchCacheOptions) {
    const { storage, deps, digest, prefix = registryPrefix, history = defaultHistory } = options;
    this.#storage = storage;
    this.#deps = { ...deps, log: deps.log.child({ part: 'watch-cache' }) };
    this.#digest = digest;
    this.#prefix = prefix;
    this.#history = history;
    this.#waiters = new RevisionWaiters(deps.clock);
    this.#newest = new SharedRead(() => storage.currentRevision(), readsUnderWay);
    registerWatchCacheMetrics(deps.metrics, options.resourceNames ?? namesFromPrefix, () => ({
      buckets: this.#buckets.values(),
      revision: this.#revision,
      initializations: this.#initializations,
      capacity: history.maxEvents,
    }));
  }

  get synced(): boolean {
    return this.#loadRevision > 0;
  }

  get revision(): number {
    return this.#revision;
  }

  async run(signal: AbortSignal): Promise<void> {
    let mustLoad = !this.synced;
    while (!signal.aborted) {
      try {
        if (mustLoad) await this.#load(signal);
        mustLoad = false;
        const position = { prefix: this.#prefix, afterRevision: this.#revision, withPrevious: false };
        for await (const batch of this.#storage.watch(position, signal)) this.#take(batch);
      } catch (error) {
        if (signal.aborted) return;
        const historyLost = error instanceof CompactedError || error instanceof FutureRevisionError;
        mustLoad ||= historyLost;
        const { message: reason } = error as Error;
        this.#deps.log.warn('following the store failed, resuming', { reason, revision: this.#revision, mustLoad });
        if (!historyLost) await this.#deps.clock.sleep(retryMs, signal).catch(() => {});
      }
    }
  }

  async waitForSync(signal?: AbortSignal): Promise<void> {
    if (!this.synced) await withSignal(this.#firstSync.promise, signal);
  }

  async waitForRevision(
    revision: number,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<void> {
    if (revision <= this.#revision) return;
    await this.#waiters.wait(revision, { ...options, current: () => this.#revision });
  }

  async consistentRevision(signal?: AbortSignal): Promise<number> {
    const revision = await withSignal(this.#newest.get(), signal);
    return Math.max(revision, this.#knownRevision);
  }

  noteRevision(revision: number): void {
    if (revision > this.#knownRevision) this.#knownRevision = revision;
  }

  expect(key: string, value: Buffer, digest: Digest): void {
    this.#expected.add(key, value, digest);
  }

  get(key: string, resourcePrefix = resourcePrefixOf(key)): CacheEntry | undefined {
    return this.#buckets.get(resourcePrefix)?.entries.get(key);
  }

  list(prefix: string, { startKey, endKey, limit = Infinity, where = [] }: ListOptions = {}): CacheEntry[] {
    const bucket = this.#buckets.get(resourcePrefixOf(prefix));
    if (!bucket || bucket.entries.size === 0) return [];
    const [start, end] = boundsOf(prefix, startKey, endKey);
    return (where.length ? bucket.select(where, start, end) : undefined) ?? bucket.entries.range(start, end, limit);
  }

  isEmpty(resourcePrefix: string): boolean {
    return !this.#buckets.get(resourcePrefix)?.entries.size;
  }

  count(prefix: string, { startKey, endKey }: Pick<ListOptions, 'startKey' | 'endKey'> = {}): number {
    const bucket = this.#buckets.get(resourcePrefixOf(prefix));
    return bucket ? bucket.entries.count(...boundsOf(prefix, startKey, endKey)) : 0;
  }

  listAt(
    prefix: string,
    revision: number,
    { startKey, endKey, limit = Infinity }: Omit<ListOptions, 'where'> = {},
  ): { readonly entries: CacheEntry[]; readonly remaining: number } | undefined {
    if (revision > this.#revision || revision < this.#oldestListed) return undefined;
    const [start, end] = boundsOf(prefix, startKey, endKey);
    return this.#bucket(resourcePrefixOf(prefix)).listAt(revision, { start, end, limit });
  }

  forgetBefore(revision: number): void {
    this.#oldestListed = Math.max(this.#oldestListed, revision);
  }

  redigest(resourcePrefix: string): void {
    this.#buckets.get(resourcePrefix)?.redigest();
  }

  beginHistory(resourcePrefix: string): void {
    this.#bucket(resourcePrefix).ring.reset(this.#revision);
  }

  subscribe(
    prefix: string,
    { afterRevision, signal, onTerminate }: SubscribeOptions,
    listener: CacheListener,
  ): () => void {
    if (!this.synced) throw new Error('the watch cache is not loaded yet');
    const bucket = this.#bucket(resourcePrefixOf(prefix));
    const missed = bucket.eventsAfter(afterRevision, prefix);
    if (!missed) throw new CompactedError(bucket.ring.completeAfter);
    if (signal?.aborted) return () => {};
    const position = Math.max(afterRevision, this.#revision);
    const unsubscribe = bucket.subscribe(prefix, { listener, onTerminate, position });
    signal?.addEventListener('abort', unsubscribe, { once: true });
    bucket.dispatched += missed.length;
    if (missed.length > 0) listener(missed, this.#revision);
    return () => {
      signal?.removeEventListener('abort', unsubscribe);
      unsubscribe();
    };
  }

  #bucket(prefix: string): CacheBucket {
    let bucket = this.#buckets.get(prefix);
    if (!bucket) {
      const options = { completeAfter: this.#loadRevision, limits: this.#history, digest: this.#digest };
      bucket = new CacheBucket(prefix, options);
      this.#buckets.set(prefix, bucket);
    }
    return bucket;
  }

  /** Takes the whole store in as of one revision. What differs from the cached state becomes events. */
  async #load(signal: AbortSignal): Promise<void> {
    const isFirst = !this.synced;
    const startMs = this.#deps.clock.monotonicMs();
    if (isFirst) for (const bucket of this.#buckets.values()) bucket.entries.clear();
    const seen = new Set<string>();
    const changed: StoredValue[] = [];
    let count = 0;
    const revision = await this.#eachStored(signal, (item) => {
      count++;
      if (isFirst) {
        this.#bucket(resourcePrefixOf(item.key)).load(item);
        return;
      }
      seen.add(item.key);
      if (this.get(item.key)?.modRevision !== item.modRevision) changed.push(item);
    });
    this.#initializations++;
    this.#deps.log.info('loaded the store', {
      objects: count,
      revision,
      milliseconds: Math.round(this.#deps.clock.monotonicMs() - startMs),
    });
    if (isFirst) {
      this.#loadRevision = revision;
      for (const bucket of this.#buckets.values()) bucket.ring.reset(revision);
      this.#advance(revision);
      this.#firstSync.resolve();
      return;
    }
    const changes = this.#differences(changed, seen, revision);
    if (revision < this.#revision) this.#restart(changes, revision);
    else this.#take({ changes, revision });
  }

  /** Calls `take` for every stored value, page by page, with turns of the event loop in between. */
  async #eachStored(signal: AbortSignal, take: (item: StoredValue) => void): Promise<number> {
    const { clock } = this.#deps;
    let revision = 0;
    let limit = pageKeys.first;
    for (let startKey: string | undefined = this.#prefix; startKey !== undefined;) {
      const page = await this.#storage.range({ prefix: this.#prefix, startKey, limit, revision }, signal);
      if (revision === 0) revision = page.revision;
      let bytes = 1;
      let sliceEndMs = clock.monotonicMs() + sliceMs;
      for (const item of page.items) {
        take(item);
        bytes += item.value.length;
        if (clock.monotonicMs() < sliceEndMs) continue;
        await setImmediate();
        sliceEndMs = clock.monotonicMs() + sliceMs;
      }
      const last = page.items.at(-1);
      startKey = page.more && last ? `${last.key}\0` : undefined;
      limit = Math.round(Math.min(Math.max((page.items.length / bytes) * pageBytes, pageKeys.min), pageKeys.max));
    }
    return revision;
  }

  /** The changes that lead from the cached state to the loaded one; what happened in between is not known. */
  #differences(changed: readonly StoredValue[], seen: ReadonlySet<string>, revision: number): Change[] {
    const changes: Change[] = [];
    for (const { key, value, modRevision, createRevision } of changed) {
      const previous = this.get(key);
      const created = previous?.createRevision !== createRevision;
      if (created && previous) changes.push(deletion(key, createRevision));
      changes.push({ type: 'put', key, value, modRevision, created });
    }
    for (const { entries } of this.#buckets.values()) {
      for (const { key } of entries.values()) if (!seen.has(key)) changes.push(deletion(key, revision));
    }
    return changes.sort((a, b) => a.modRevision - b.modRevision);
  }

  /** Revisions went back: watchers that resume by revision cannot be told what happened, so theirs end. */
  #restart(changes: readonly Change[], revision: number): void {
    this.#deps.log.warn('the store went back in time, ending all watches', { from: this.#revision, to: revision });
    for (const bucket of this.#buckets.values()) {
      for (const { subscriptions } of bucket.topics.values()) {
        for (const subscription of subscriptions) {
          subscription.position = 0;
          if (!subscription.onTerminate) continue;
          subscriptions.delete(subscription);
          subscription.onTerminate();
        }
      }
    }
    this.#knownRevision = 0;
    this.#oldestListed = 0;
    this.#loadRevision = revision;
    this.#take({ changes, revision });
    for (const bucket of this.#buckets.values()) bucket.ring.reset(revision);
  }

  #take({ changes, revision }: ChangeBatch): void {
    const events: CacheEvent[] = [];
    const touched: { readonly bucket: CacheBucket; readonly topic: Topic }[] = [];
    for (const change of changes) {
      const bucket = this.#bucket(resourcePrefixOf(change.key));
      const event = bucket.apply(change, this.#expected.take(change.key, change.value));
      if (!event) continue;
      events.push(event);
      bucket.route(event, touched);
    }
    this.#advance(revision);
    for (const { bucket, topic } of touched) bucket.dispatched += this.#deliver(topic, revision);
    for (const event of events) event.forgetMemos();
  }

  /** Hands what is pending to the subscriptions that have not seen it; how many events that was in all. */
  #deliver(topic: Topic, revision: number): number {
    const { pending } = topic;
    topic.pending = [];
    let count = 0;
    for (const subscription of topic.subscriptions) {
      const { position, listener } = subscription;
      if (position >= revision) continue;
      subscription.position = revision;
      const due = pending[0]!.revision > position ? pending : pending.filter((event) => event.revision > position);
      if (due.length === 0) continue;
      count += due.length;
      try {
        listener(due, revision);
      } catch (error) {
        this.#deps.log.error('a listener of the watch cache failed', { error });
      }
    }
    return count;
  }

  #advance(revision: number): void {
    this.#revision = revision;
    this.#waiters.advance(revision);
  }
}

function deletion(key: string, modRevision: number): Change {
  return { type: 'delete', key, value: Buffer.alloc(0), modRevision, created: false };
}

async function withSignal<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
