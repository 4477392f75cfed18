import { alreadyExists, ApiError, internalError, type ErrorSubject } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { apiVersionOf, type ResourceRow } from '../../api/resources/define-resource.ts';
import type { Codec } from '../../api/schema/codec.ts';
import type { Storage, StoredValue } from '../storage/storage.ts';
import type { WatchCache } from '../storage/watch-cache.ts';
import { CacheEntry, type DigestFunction } from '../storage/cache-entry.ts';
import { collectionPrefix, resourcePrefixOf, storageKey } from '../storage/keys.ts';
import type { ObjectAddress } from './rest-request.ts';

/** Canonical bytes, without resourceVersion, and the revision they were written at (0: a dry run). */
export interface StoredObject {
  readonly value: Buffer;
  readonly revision: number;
}

export interface Snapshot {
  readonly entries: readonly CacheEntry[];
  /** True where there are more than the limit let through. */
  readonly more: boolean;
  /** How many there are from the start on, beyond the limit too. */
  readonly count: number;
}

/** What a change wants. `keep` writes nothing: the answer is the object as it is, or undefined where there is none. */
export type NextState =
  | { readonly kind: 'put'; readonly object: AnyObject; readonly leaseSeconds?: number }
  /** Without an object: as it was. */
  | { readonly kind: 'delete'; readonly object?: AnyObject }
  | { readonly kind: 'keep' };

/**
 * Computes what should be stored from what is. Runs again when the state it saw was not the newest, so it must depend on
 * nothing but its arguments. `current` is the caller's to change; it carries its resourceVersion.
 */
export type Change = (current: AnyObject | undefined) => Promise<NextState> | NextState;

export interface UpdateOutcome extends StoredObject {
  readonly created: boolean;
  readonly deleted: boolean;
}

export interface WriteSettings {
  readonly dryRun: boolean;
  readonly signal?: AbortSignal;
}

/** Objects in the store, by row: canonical encoding and optimistic writes. The same object serves every row and verb. */
export class ObjectStore {
  readonly cache: WatchCache;
  readonly #storage: Storage;
  readonly #codec: Codec;
  readonly #digest: DigestFunction;

  constructor(options: { storage: Storage; cache: WatchCache; codec: Codec; digest: DigestFunction }) {
    this.cache = options.cache;
    this.#storage = options.storage;
    this.#codec = options.codec;
    this.#digest = options.digest;
  }

  /** Where objects of the row are: `/registry/pods/`, or those of one namespace. */
  prefixOf(row: ResourceRow, namespace?: string): string {
    return collectionPrefix(row, namespace);
  }

  keyOf(row: ResourceRow, at: ObjectAddress): string {
    return storageKey(row, at);
  }

  cached(row: ResourceRow, at: ObjectAddress): CacheEntry | undefined {
    return this.cache.get(this.keyOf(row, at));
  }

  /** Linearizable. */
  newest(row: ResourceRow, at: ObjectAddress, signal?: AbortSignal): Promise<StoredValue | undefined> {
    return this.#storage.get(this.keyOf(row, at), signal);
  }

  /**
   * What was under a prefix at a revision, in key order, at most `limit`: from the cache while it holds the changes since,
   * else from the store. @throws CompactedError, FutureRevisionError
   */
  async snapshot(
    prefix: string,
    options: { readonly startKey?: string; readonly limit?: number; readonly revision: number },
    signal?: AbortSignal,
  ): Promise<Snapshot> {
    const held = this.cache.listAt(prefix, options.revision, options);
    if (held) {
      const { entries, remaining } = held;
      return { entries, more: remaining > 0, count: entries.length + remaining };
    }
    const { items, more, count } = await this.#storage.range({ prefix, ...options }, signal);
    const entries = items.map(({ key, value, modRevision, createRevision }) => {
      const digest = this.#digest(resourcePrefixOf(key), key, value);
      return new CacheEntry(key, value, modRevision, createRevision, digest);
    });
    return { entries, more, count };
  }

  /** A fresh copy that the caller may change, with its resourceVersion. */
  parse(stored: { readonly value: Buffer; readonly modRevision: number }): AnyObject {
    return parseStored(stored.value, stored.modRevision);
  }

  encode(row: ResourceRow, object: AnyObject): Buffer {
    return this.#codec.encode(object, { apiVersion: apiVersionOf(row), kind: row.kind });
  }

  /** @throws ApiError AlreadyExists */
  async create(
    row: ResourceRow,
    object: AnyObject,
    settings: WriteSettings & {
      readonly leaseSeconds?: number;
      /** The resource as addressed, for what is said of it. */
      readonly subject: ErrorSubject;
    },
  ): Promise<StoredObject> {
    const value = this.encode(row, object);
    const at = { namespace: object.metadata.namespace ?? '', name: object.metadata.name! };
    const key = this.keyOf(row, at);
    if (settings.dryRun) {
      const current = await this.#storage.get(key, settings.signal);
      if (current) throw alreadyThere(settings.subject, at.name, current);
      return { value, revision: 0 };
    }
    this.cache.expect(key, value, this.#digest(resourcePrefixOf(key), key, value, object));
    const result = await this.#storage.put(
      key,
      value,
      { expectedRevision: 0, leaseSeconds: settings.leaseSeconds },
      settings.signal,
    );
    if (!result.succeeded) throw alreadyThere(settings.subject, at.name, result.current);
    this.cache.noteRevision(result.revision);
    return { value, revision: result.revision };
  }

  /**
   * Reads from the cache, changes, and writes if nobody else has written since; otherwise, or where the change refused
   * what may have been stale, it starts again from the store's newest state. A change that changes nothing is not written.
   */
  async update(
    row: ResourceRow,
    at: ObjectAddress,
    change: Change,
    settings: WriteSettings & {
      /** What the cache does not have counts as not there: for callers who then create it, and so find out. */
      readonly believesAbsence?: boolean;
    },
  ): Promise<UpdateOutcome | undefined> {
    const key = this.keyOf(row, at);
    let source: { readonly value: Buffer; readonly modRevision: number } | undefined = this.cache.get(key);
    let isNewest = false;
    if (!source && !settings.believesAbsence) {
      source = await this.#storage.get(key, settings.signal);
      isNewest = true;
    }
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      let next: NextState;
      try {
        next = await change(source && this.parse(source));
      } catch (error) {
        if (isNewest) throw error;
        const newest = await this.#storage.get(key, settings.signal);
        isNewest = true;
        if (newest?.modRevision === source?.modRevision) throw error;
        source = newest;
        continue;
      }
      if (next.kind === 'keep') {
        return source && { value: source.value, revision: source.modRevision, created: false, deleted: false };
      }
      const value = next.object ? this.encode(row, next.object) : source!.value;
      const expectedRevision = source?.modRevision ?? 0;
      if (next.kind === 'put' && source && value.equals(source.value)) {
        const newest = isNewest ? source : await this.#storage.get(key, settings.signal);
        if (newest?.modRevision !== source.modRevision) {
          source = newest;
          isNewest = true;
          continue;
        }
        if (!this.#storage.needsRewrite?.(key))
          return { value, revision: source.modRevision, created: false, deleted: false };
      }
      if (settings.dryRun) {
        const newest = isNewest ? source : await this.#storage.get(key, settings.signal);
        if ((newest?.modRevision ?? 0) === expectedRevision)
          return { value, revision: expectedRevision, created: !source, deleted: next.kind === 'delete' };
        source = newest;
        isNewest = true;
        continue;
      }
      if (next.kind === 'put')
        this.cache.expect(key, value, this.#digest(resourcePrefixOf(key), key, value, next.object));
      const result =
        next.kind === 'put'
          ? await this.#storage.put(key, value, { expectedRevision, leaseSeconds: next.leaseSeconds }, settings.signal)
          : await this.#storage.delete(key, { expectedRevision }, settings.signal);
      if (result.succeeded) {
        this.cache.noteRevision(result.revision);
        return { value, revision: result.revision, created: !source, deleted: next.kind === 'delete' };
      }
      source = result.current;
      isNewest = true;
    }
    throw internalError(`${key} is written too often`);
  }

  /** Deletes a state just written; undefined where somebody has written another since. */
  async remove(
    row: ResourceRow,
    at: ObjectAddress,
    { value, revision: expectedRevision }: StoredObject,
    signal: AbortSignal,
  ): Promise<UpdateOutcome | undefined> {
    const { succeeded, revision } = await this.#storage.delete(this.keyOf(row, at), { expectedRevision }, signal);
    if (!succeeded) return undefined;
    this.cache.noteRevision(revision);
    return { value, revision, created: false, deleted: true };
  }
}

/** Enough for any honest contention: every failed attempt means that somebody else's write succeeded. */
const maxAttempts = 1000;

function alreadyThere(subject: ErrorSubject, name: string, current: StoredValue | undefined): ApiError {
  const error = alreadyExists(subject, name);
  if (!current || !parseStored(current.value, current.modRevision).metadata.deletionTimestamp) return error;
  return new ApiError('AlreadyExists', `object is being deleted: ${error.message}`, { details: error.details });
}

/** The object of stored bytes, with the revision as its resourceVersion. */
export function parseStored(value: Buffer, revision: number): AnyObject {
  const object = JSON.parse(value.toString('utf8')) as AnyObject;
  object.metadata.resourceVersion = String(revision);
  return object;
}
