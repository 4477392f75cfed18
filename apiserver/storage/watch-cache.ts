import { setImmediate } from 'node:timers/promises';
import { ApiError } from '../../api/meta/errors.ts';
import type { Deps } from '../../component/deps.ts';
import { CacheEntry, CacheEvent } from './cache-entry.ts';
import type { DigestFunction } from './cache-entry.ts';
import { EventRing } from './event-ring.ts';
import { prefixEnd, registryPrefix, resourcePrefixOf } from './keys.ts';
import { SortedMap } from './sorted-map.ts';
import { CompactedError, FutureRevisionError } from './storage.ts';
import type { Change, ChangeBatch, Storage, StoredValue } from './storage.ts';

/**
 * Events of one prefix in revision order, grouped as they arrived; `revision` is how far the cache is with them. Called
 * synchronously while the batch is being taken in: memos of the events live only until the last listener has returned.
 */
export type CacheListener = (events: readonly CacheEvent[], revision: number) => void;

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
  get(key: string): CacheEntry | undefined;
  /** In key order; O(log n + result). */
  list(prefix: string, options?: ListOptions): CacheEntry[];
  count(prefix: string, options?: Omit<ListOptions, 'limit'>): number;
  /**
   * `prefix` is that of a resource or of one namespace of it, ending in '/', or one whole key. Throws CompactedError
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
  /** History held for each resource: at most so many events and so many bytes of superseded values. */
  readonly history?: { readonly maxEvents: number; readonly maxBytes: number };
}

const defaultHistory = { maxEvents: 100_000, maxBytes: 16 << 20 };
const pageKeys = 1000;
/** Work on loaded pages is cut into slices of this length, so that the event loop stays free. */
const sliceMs = 4;
const retryMs = 1000;

export function createWatchCache(options: WatchCacheOptions): WatchCache {
  return new StorageWatchCache(options);
}

/** The objects of one resource, their recent events and who listens to them. */
class Bucket {
  readonly prefix: string;
  readonly entries = new SortedMap<CacheEntry>();
  readonly ring: EventRing;
  readonly topics = new Map<string, Topic>();

  constructor(prefix: string, ring: EventRing) {
    this.prefix = prefix;
    this.ring = ring;
  }

  /** The topics an event of the key belongs to: the resource, the namespace, the object. */
  *topicsOf(key: string): Iterable<Topic> {
    if (this.topics.size === 0) return;
    const all = this.topics.get(this.prefix);
    if (all) yield all;
    const slash = key.indexOf('/', this.prefix.length);
    const inNamespace = slash < 0 ? undefined : this.topics.get(key.slice(0, slash + 1));
    if (inNamespace) yield inNamespace;
    const one = this.topics.get(key);
    if (one) yield one;
  }
}

interface Subscription {
  readonly listener: CacheListener;
  readonly onTerminate: (() => void) | undefined;
  /** Events up to this revision have been delivered. */
  position: number;
}

class Topic {
  readonly subscriptions = new Set<Subscription>();
  /** Events of the batch that is being taken in. */
  pending: CacheEvent[] = [];
}

interface Waiter {
  readonly revision: number;
  readonly resolve: () => void;
}

class StorageWatchCache implements WatchCache {
  readonly #storage: Storage;
  readonly #deps: Deps;
  readonly #digest: DigestFunction;
  readonly #prefix: string;
  readonly #history: { readonly maxEvents: number; readonly maxBytes: number };
  readonly #buckets = new Map<string, Bucket>();
  #revision = 0;
  /** What the first load, or a load after lost history, was as of: no event before it is held. */
  #loadRevision = 0;
  #knownRevision = 0;
  #waiters: Waiter[] = [];
  readonly #firstSync = Promise.withResolvers<void>();
  #reading: Promise<number> | undefined;
  #nextRead: Promise<number> | undefined;

  constructor({ storage, deps, digest, prefix = registryPrefix, history = defaultHistory }: WatchCacheOptions) {
    this.#storage = storage;
    this.#deps = { ...deps, log: deps.log.child({ part: 'watch-cache' }) };
    this.#digest = digest;
    this.#prefix = prefix;
    this.#history = history;
  }

  get synced(): boolean {
    return this.#loadRevision > 0;
  }

  get revision(): number {
    return this.#revision;
  }

  async run(signal: AbortSignal): Promise<void> {
    let mustLoad = true;
    while (!signal.aborted) {
      try {
        if (mustLoad) await this.#load(signal);
        mustLoad = false;
        const batches = this.#storage.watch(
          { prefix: this.#prefix, afterRevision: this.#revision, withPrevious: false },
          signal,
        );
        for await (const batch of batches) this.#take(batch);
      } catch (error) {
        if (signal.aborted) return;
        const historyLost = error instanceof CompactedError || error instanceof FutureRevisionError;
        mustLoad ||= historyLost;
        this.#deps.log.warn('watch of the store ended, resuming', {
          error,
          revision: this.#revision,
          reload: mustLoad,
        });
        if (!historyLost) await this.#deps.clock.sleep(retryMs, signal).catch(() => {});
      }
    }
  }

  async waitForSync(signal?: AbortSignal): Promise<void> {
    if (!this.synced) await withSignal(this.#firstSync.promise, signal);
  }

  async waitForRevision(
    revision: number,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<void> {
    if (revision <= this.#revision) return;
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { revision, resolve };
    this.#waiters.push(waiter);
    const timer = this.#deps.clock.after(timeoutMs, () => reject(tooLargeResourceVersion(revision, this.#revision)));
    const abort = (): void => reject(signal!.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } finally {
      timer.cancel();
      signal?.removeEventListener('abort', abort);
      const at = this.#waiters.indexOf(waiter);
      if (at >= 0) this.#waiters.splice(at, 1);
    }
  }

  async consistentRevision(signal?: AbortSignal): Promise<number> {
    signal?.throwIfAborted();
    if (!this.#nextRead) {
      // A read already sent may have been answered before a write that this caller knows of.
      const next: Promise<number> = (this.#reading ?? Promise.resolve(0))
        .catch(() => 0)
        .then(() => {
          this.#reading = next;
          this.#nextRead = undefined;
          return this.#storage.currentRevision();
        });
      this.#nextRead = next;
      next
        .catch(() => {})
        .finally(() => {
          if (this.#reading === next) this.#reading = undefined;
        });
    }
    const revision = await withSignal(this.#nextRead, signal);
    return Math.max(revision, this.#knownRevision);
  }

  noteRevision(revision: number): void {
    if (revision > this.#knownRevision) this.#knownRevision = revision;
  }

  get(key: string): CacheEntry | undefined {
    return this.#buckets.get(resourcePrefixOf(key))?.entries.get(key);
  }

  list(prefix: string, { startKey = '', endKey, limit = Infinity }: ListOptions = {}): CacheEntry[] {
    const [start, end] = rangeOf(prefix, startKey, endKey);
    const bucket = this.#buckets.get(resourcePrefixOf(prefix));
    return bucket ? bucket.entries.range(start, end, limit) : [];
  }

  count(prefix: string, { startKey = '', endKey }: Omit<ListOptions, 'limit'> = {}): number {
    const [start, end] = rangeOf(prefix, startKey, endKey);
    return this.#buckets.get(resourcePrefixOf(prefix))?.entries.count(start, end) ?? 0;
  }

  subscribe(
    prefix: string,
    { afterRevision, signal, onTerminate }: SubscribeOptions,
    listener: CacheListener,
  ): () => void {
    const bucket = this.#bucket(resourcePrefixOf(prefix));
    const missed = bucket.ring.after(afterRevision);
    if (!missed) throw new CompactedError(bucket.ring.completeAfter);
    const subscription: Subscription = { listener, onTerminate, position: Math.max(afterRevision, this.#revision) };
    let topic = bucket.topics.get(prefix);
    if (!topic) bucket.topics.set(prefix, (topic = new Topic()));
    topic.subscriptions.add(subscription);
    const unsubscribe = (): void => {
      signal?.removeEventListener('abort', unsubscribe);
      topic.subscriptions.delete(subscription);
      if (topic.subscriptions.size === 0 && bucket.topics.get(prefix) === topic) bucket.topics.delete(prefix);
    };
    if (signal?.aborted) unsubscribe();
    else {
      signal?.addEventListener('abort', unsubscribe, { once: true });
      const exact = !prefix.endsWith('/');
      const events = missed.filter(({ entry }) => (exact ? entry.key === prefix : entry.key.startsWith(prefix)));
      if (events.length > 0) listener(events, this.#revision);
    }
    return unsubscribe;
  }

  #bucket(prefix: string): Bucket {
    let bucket = this.#buckets.get(prefix);
    if (!bucket) {
      bucket = new Bucket(prefix, new EventRing(this.#loadRevision, this.#history));
      this.#buckets.set(prefix, bucket);
    }
    return bucket;
  }

  /** Takes the whole store in as of one revision. What differs from the cached state becomes events. */
  async #load(signal: AbortSignal): Promise<void> {
    const seen = new Set<string>();
    const changed: StoredValue[] = [];
    let revision = 0;
    let sliceEndMs = this.#deps.clock.monotonicMs() + sliceMs;
    let startKey: string | undefined = this.#prefix;
    const first = !this.synced;
    while (startKey !== undefined) {
      const page = await this.#storage.range({ prefix: this.#prefix, startKey, limit: pageKeys, revision }, signal);
      if (revision === 0) revision = page.revision;
      for (const item of page.items) {
        if (first) this.#bucket(resourcePrefixOf(item.key)).entries.set(this.#entryOf(item));
        else if (this.get(item.key)?.modRevision !== item.modRevision) changed.push(item);
        seen.add(item.key);
        if (this.#deps.clock.monotonicMs() >= sliceEndMs) {
          await setImmediate();
          sliceEndMs = this.#deps.clock.monotonicMs() + sliceMs;
        }
      }
      const last = page.items.at(-1);
      startKey = page.more && last ? `${last.key}\0` : undefined;
    }
    if (first) {
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
    this.#loadRevision = revision;
    this.#take({ changes, revision });
    for (const bucket of this.#buckets.values()) bucket.ring.reset(revision);
  }

  #take({ changes, revision }: ChangeBatch): void {
    const touched: Topic[] = [];
    const events: CacheEvent[] = [];
    for (const change of changes) {
      const bucket = this.#bucket(resourcePrefixOf(change.key));
      const event = this.#apply(bucket, change);
      if (!event) continue;
      events.push(event);
      bucket.ring.push(event);
      for (const topic of bucket.topicsOf(change.key)) {
        if (topic.pending.push(event) === 1) touched.push(topic);
      }
    }
    this.#advance(revision);
    for (const topic of touched) {
      const { pending } = topic;
      topic.pending = [];
      for (const subscription of topic.subscriptions) this.#deliver(subscription, pending, revision);
    }
    for (const event of events) event.forgetMemos();
  }

  #deliver(subscription: Subscription, events: readonly CacheEvent[], revision: number): void {
    const { position, listener } = subscription;
    if (position >= revision) return;
    subscription.position = revision;
    const due = events[0]!.revision > position ? events : events.filter((event) => event.revision > position);
    if (due.length === 0) return;
    try {
      listener(due, revision);
    } catch (error) {
      this.#deps.log.error('a listener of the watch cache failed', { error });
    }
  }

  #apply(bucket: Bucket, { type, key, value, modRevision, created }: Change): CacheEvent | undefined {
    const previous = bucket.entries.get(key);
    if (type === 'delete') {
      if (!previous) return undefined;
      bucket.entries.delete(key);
      const last = new CacheEntry(key, previous.value, modRevision, previous.createRevision, previous.digest);
      return new CacheEvent('delete', last, previous, modRevision);
    }
    const createRevision = created || !previous ? modRevision : previous.createRevision;
    const entry = new CacheEntry(key, value, modRevision, createRevision, this.#digest(bucket.prefix, key, value));
    bucket.entries.set(entry);
    return new CacheEvent('put', entry, previous, modRevision);
  }

  #entryOf({ key, value, modRevision, createRevision }: StoredValue): CacheEntry {
    return new CacheEntry(key, value, modRevision, createRevision, this.#digest(resourcePrefixOf(key), key, value));
  }

  #advance(revision: number): void {
    this.#revision = revision;
    if (this.#waiters.length === 0) return;
    const waiting: Waiter[] = [];
    for (const waiter of this.#waiters) {
      if (waiter.revision <= revision) waiter.resolve();
      else waiting.push(waiter);
    }
    this.#waiters = waiting;
  }
}

function deletion(key: string, modRevision: number): Change {
  return { type: 'delete', key, value: Buffer.alloc(0), modRevision, created: false };
}

function rangeOf(prefix: string, startKey: string, endKey: string | undefined): [string, string] {
  const end = prefixEnd(prefix);
  return [startKey > prefix ? startKey : prefix, endKey !== undefined && endKey < end ? endKey : end];
}

/** Upstream's answer to a read at a revision that does not come in time. */
function tooLargeResourceVersion(requested: number, current: number): ApiError {
  return new ApiError('Timeout', `Timeout: Too large resource version: ${requested}, current: ${current}`, {
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    },
  });
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
