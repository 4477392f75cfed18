import { CacheEntry, CacheEvent, type Digest, type DigestFunction } from './cache-entry.ts';
import { DigestIndex, type IndexTerm } from './digest-index.ts';
import { EventRing, type EventRingLimits } from './event-ring.ts';
import { prefixEnd } from './keys.ts';
import { SortedMap } from './sorted-map.ts';
import type { Change, StoredValue } from './storage.ts';

/** See `WatchCache.subscribe`. */
export type CacheListener = (events: readonly CacheEvent[], revision: number) => void;

export interface Subscription {
  readonly listener: CacheListener;
  readonly onTerminate: (() => void) | undefined;
  /** Events up to this revision have been delivered. */
  position: number;
}

/** Those who listen to one prefix. */
export class Topic {
  readonly prefix: string;
  readonly subscriptions = new Set<Subscription>();
  /** Events of the batch that is being taken in. */
  pending: CacheEvent[] = [];

  constructor(prefix: string) {
    this.prefix = prefix;
  }
}

/** Labels and fields that selectors ask for, of one resource; what was asked for least recently goes first. */
const maxIndices = 16;
/** An index pays where it leaves no more than one object in so many. */
const selectivity = 8;
/** So many objects go into a new index in one turn of the event loop, a few milliseconds at most. */
const indexedAtOnce = 4000;
/** Listing an older state takes back no more events than this: the store does it sooner. */
const maxUndone = 5000;

/** The objects of one resource, their recent events, and who listens to them. */
export class CacheBucket {
  readonly prefix: string;
  readonly entries = new SortedMap<CacheEntry>();
  readonly ring: EventRing;
  readonly topics = new Map<string, Topic>();
  received = 0;
  dispatched = 0;
  readonly #digest: DigestFunction;
  readonly #indices = new Map<string, DigestIndex>();
  /** Those that do not have all objects yet. */
  readonly #unfinished = new WeakSet<DigestIndex>();

  constructor(
    prefix: string,
    options: { readonly completeAfter: number; readonly limits: EventRingLimits; readonly digest: DigestFunction },
  ) {
    this.prefix = prefix;
    this.ring = new EventRing(options.completeAfter, options.limits);
    this.#digest = options.digest;
  }

  /** Takes a loaded object in, without an event. */
  load({ key, value, modRevision, createRevision }: StoredValue): void {
    const entry = new CacheEntry(key, value, modRevision, createRevision, this.#digest(this.prefix, key, value));
    this.#reindex(key, this.entries.set(entry), entry);
  }

  /** Takes a change in, with its digest where that is known. Undefined where it deletes what is not there. */
  apply({ type, key, value, modRevision, created }: Change, digest?: Digest): CacheEvent | undefined {
    const previous = this.entries.get(key);
    let entry: CacheEntry;
    if (type === 'delete') {
      if (!previous) return undefined;
      this.entries.delete(key);
      this.#reindex(key, previous, undefined);
      entry = new CacheEntry(key, previous.value, modRevision, previous.createRevision, previous.digest);
    } else {
      const createRevision = created || !previous ? modRevision : previous.createRevision;
      digest ??= this.#digest(this.prefix, key, value);
      entry = new CacheEntry(key, value, modRevision, createRevision, digest);
      this.entries.set(entry);
      this.#reindex(key, previous, entry);
    }
    const event = new CacheEvent(type, entry, previous, modRevision);
    this.ring.push(event);
    this.received++;
    return event;
  }

  #reindex(key: string, previous: CacheEntry | undefined, entry: CacheEntry | undefined): void {
    if (this.#indices.size === 0) return;
    for (const index of this.#indices.values()) {
      if (previous) index.delete(key, previous.digest);
      if (entry) index.add(key, entry.digest);
    }
  }

  /**
   * In key order, at least those objects of a range for which all terms hold, without a look at most others. Undefined
   * where that is no less work than to look at all, and while an index over many objects is still being made.
   */
  select(terms: readonly IndexTerm[], start: string, end: string): CacheEntry[] | undefined {
    if (this.entries.size < selectivity) return undefined;
    let best: { readonly index: DigestIndex; readonly values: readonly string[]; readonly count: number } | undefined;
    for (const term of terms) {
      const index = this.#index(term);
      if (this.#unfinished.has(index)) continue;
      const count = index.count(term.values);
      if (!best || count < best.count) best = { index, values: term.values, count };
    }
    if (!best || best.count * selectivity > this.entries.size) return undefined;
    return best.index.keys(best.values, start, end).map((key) => this.entries.get(key)!);
  }

  #index(term: IndexTerm): DigestIndex {
    const id = `${term.of} ${term.name}`;
    let index = this.#indices.get(id);
    if (index) this.#indices.delete(id);
    else {
      index = new DigestIndex(term);
      this.#fill(index, id, this.prefix);
      if (this.#indices.size >= maxIndices) this.#indices.delete(this.#indices.keys().next().value!);
    }
    this.#indices.set(id, index);
    return index;
  }

  /** Puts the objects from a key on into an index, a slice in each turn; what changes meanwhile goes there as it comes. */
  #fill(index: DigestIndex, id: string, startKey: string): void {
    const slice = this.entries.range(startKey, prefixEnd(this.prefix), indexedAtOnce);
    for (const { key, digest } of slice) index.add(key, digest);
    if (slice.length < indexedAtOnce) {
      this.#unfinished.delete(index);
      return;
    }
    this.#unfinished.add(index);
    const next = `${slice.at(-1)!.key}\0`;
    setImmediate(() => {
      if (this.#indices.get(id) === index) this.#fill(index, id, next);
    });
  }

  /** Digests every object anew. */
  redigest(): void {
    for (const { key, value, modRevision, createRevision } of [...this.entries.values()])
      this.load({ key, value, modRevision, createRevision });
  }

  /**
   * What was there at a revision, by taking back the events since; undefined where some of them are no longer held,
   * or there are too many. `remaining` counts those beyond the limit.
   */
  listAt(
    revision: number,
    { start, end, limit }: { start: string; end: string; limit: number },
  ): { entries: CacheEntry[]; remaining: number } | undefined {
    const since = this.ring.after(revision);
    if (!since || since.length > maxUndone) return undefined;
    const before = new SortedMap<{ readonly key: string; readonly entry: CacheEntry | undefined }>();
    for (const { entry, previous } of since) {
      const { key } = entry;
      if (key >= start && key < end && !before.get(key)) before.set({ key, entry: previous });
    }
    const undone = [...before.values()];
    const now = this.entries.range(start, end, limit + undone.length);
    const entries: CacheEntry[] = [];
    let total = this.entries.count(start, end);
    for (const { key, entry } of undone) total += (entry ? 1 : 0) - (this.entries.get(key) ? 1 : 0);
    for (let i = 0, j = 0; entries.length < limit && (i < now.length || j < undone.length);) {
      const change = undone[j];
      const entry = now[i];
      if (change && (!entry || change.key <= entry.key)) {
        if (entry?.key === change.key) i++;
        if (change.entry) entries.push(change.entry);
        j++;
      } else {
        entries.push(entry!);
        i++;
      }
    }
    return { entries, remaining: total - entries.length };
  }

  /** The events after a revision under a prefix of this resource; undefined where some are no longer held. */
  eventsAfter(revision: number, prefix: string): CacheEvent[] | undefined {
    const events = this.ring.after(revision);
    if (!events || prefix === this.prefix) return events;
    const isCollection = prefix.endsWith('/');
    return events.filter(({ entry: { key } }) => (isCollection ? key.startsWith(prefix) : key === prefix));
  }

  subscribe(prefix: string, subscription: Subscription): () => void {
    let topic = this.topics.get(prefix);
    if (!topic) this.topics.set(prefix, (topic = new Topic(prefix)));
    topic.subscriptions.add(subscription);
    return () => {
      topic.subscriptions.delete(subscription);
      if (topic.subscriptions.size === 0 && this.topics.get(prefix) === topic) this.topics.delete(prefix);
    };
  }

  /** Lays an event out for those who listen to the resource, its namespace or its key; new topics go into `touched`. */
  route(event: CacheEvent, touched: { readonly bucket: CacheBucket; readonly topic: Topic }[]): void {
    if (this.topics.size === 0) return;
    const { key } = event.entry;
    const slash = key.indexOf('/', this.prefix.length);
    this.#routeTo(this.prefix, event, touched);
    if (slash >= 0) this.#routeTo(key.slice(0, slash + 1), event, touched);
    this.#routeTo(key, event, touched);
  }

  #routeTo(
    prefix: string,
    event: CacheEvent,
    touched: { readonly bucket: CacheBucket; readonly topic: Topic }[],
  ): void {
    const topic = this.topics.get(prefix);
    if (topic && topic.pending.push(event) === 1) touched.push({ bucket: this, topic });
  }
}

/** Start and exclusive end of the keys under a prefix that are also within the bounds given. */
export function boundsOf(prefix: string, startKey = '', endKey?: string): [string, string] {
  const end = prefixEnd(prefix);
  return [startKey > prefix ? startKey : prefix, endKey !== undefined && endKey < end ? endKey : end];
}
