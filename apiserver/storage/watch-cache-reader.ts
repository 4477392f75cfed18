import type { AnyObject, DeepReadonly, KubeObject } from '../../api/meta/object.ts';
import type { ResourceRef, ResourceRow } from '../../api/resources/define-resource.ts';
import type { CacheEntry } from './cache-entry.ts';
import type { CacheReader } from './cache-reader.ts';
import { collectionPrefix, resourcePrefix, storageKey } from './keys.ts';
import type { Storage } from './storage.ts';
import type { WatchCache } from './watch-cache.ts';

export interface CacheReaderOptions {
  readonly cache: WatchCache;
  readonly storage: Storage;
  /** The row of a resource, built in or custom, always the same for one ref; undefined where the server does not serve it. */
  readonly rowOf: (ref: ResourceRef) => ResourceRow | undefined;
}

/**
 * CacheReader on top of the watch cache. Before the first load `get` and `list` find nothing; a listener registered
 * before it hears of every loaded object as of a creation. An unknown resource reads as empty.
 */
export function createCacheReader({ cache, storage, rowOf }: CacheReaderOptions): CacheReader {
  const known = new WeakMap<ResourceRef, Located<KubeObject>>();
  const located = <T extends KubeObject>(ref: ResourceRef<T>): Located<T> | undefined => {
    const key = ref as unknown as ResourceRef;
    const found = known.get(key);
    if (found) return found as unknown as Located<T>;
    const row = rowOf(ref) as ResourceRow<T> | undefined;
    const made = row && locate(row);
    if (made) known.set(key, made as unknown as Located<KubeObject>);
    return made;
  };
  const locate = <T extends KubeObject>(row: ResourceRow<T>): Located<T> | undefined => {
    const stored = row.storedAs ? row.storedAs.row() : (row as unknown as ResourceRow);
    if (stored.storagePrefix === undefined) return undefined;
    const convert = row.storedAs?.fromStored;
    return {
      prefix: resourcePrefix(stored),
      keyOf: lastKept((at) => storageKey(stored, at)),
      prefixOf: (namespace) => collectionPrefix(stored, namespace),
      read: convert
        ? (entry) => convert(structuredClone(entry.object()) as KubeObject) as DeepReadonly<T>
        : (lastRead() as Located<T>['read']),
      parse: (object) => (convert ? convert(object) : (object as unknown as T)),
    };
  };

  return {
    get(ref, at) {
      const resource = located(ref);
      const entry = resource && cache.get(resource.keyOf(at), resource.prefix);
      return entry && resource.read(entry);
    },
    list(ref, namespace) {
      const resource = located(ref);
      if (!resource || cache.isEmpty(resource.prefix)) return [];
      return cache.list(resource.prefixOf(namespace)).map((entry) => resource.read(entry));
    },
    onChange(ref, listener) {
      const resource = located(ref);
      const ended = new AbortController();
      if (!resource) return () => {};
      const { read, prefix } = resource;
      const follow = (): void => {
        cache.subscribe(prefix, { afterRevision: cache.revision, signal: ended.signal }, (events) => {
          for (const { type, entry, previous } of events) {
            listener(new LazyChange(read, type === 'put' ? entry : undefined, previous));
          }
        });
      };
      if (cache.synced) follow();
      else {
        void cache.waitForSync(ended.signal).then(
          () => {
            for (const entry of cache.list(prefix)) listener(new LazyChange(read, entry, undefined));
            follow();
          },
          () => {},
        );
      }
      return () => ended.abort();
    },
    async getNewest(ref, at) {
      const resource = located(ref);
      const stored = resource && (await storage.get(resource.keyOf(at)));
      if (!stored) return undefined;
      const object = JSON.parse(stored.value.toString()) as AnyObject;
      object.metadata.resourceVersion = String(stored.modRevision);
      return resource.parse(object);
    },
  };
}

interface Located<T> {
  readonly prefix: string;
  readonly keyOf: KeyOf;
  readonly prefixOf: (namespace?: string) => string;
  readonly read: (entry: CacheEntry) => DeepReadonly<T>;
  readonly parse: (object: AnyObject) => T;
}

type KeyOf = (at: { readonly namespace?: string; readonly name: string }) => string;

/** Keeps the last key: one request asks for the same namespace several times, and so do those that follow it. */
function lastKept(keyOf: KeyOf): KeyOf {
  let last: { readonly namespace: string | undefined; readonly name: string; readonly key: string } | undefined;
  return (at) => {
    if (last?.name === at.name && last.namespace === at.namespace) return last.key;
    last = { namespace: at.namespace, name: at.name, key: keyOf(at) };
    return last.key;
  };
}

/** Holds the object it read last: an entry holds what it parsed weakly, and asking that costs more than the rest of a read. */
function lastRead(): (entry: CacheEntry) => DeepReadonly<AnyObject> {
  let last: CacheEntry | undefined;
  let object: DeepReadonly<AnyObject> | undefined;
  return (entry) => {
    if (entry === last) return object!;
    last = entry;
    return (object = entry.object());
  };
}

/** Parses a side of a change only when the listener looks at it. */
class LazyChange<T> {
  readonly #read: (entry: CacheEntry) => DeepReadonly<T>;
  readonly #current: CacheEntry | undefined;
  readonly #previous: CacheEntry | undefined;

  constructor(
    read: (entry: CacheEntry) => DeepReadonly<T>,
    current: CacheEntry | undefined,
    previous: CacheEntry | undefined,
  ) {
    this.#read = read;
    this.#current = current;
    this.#previous = previous;
  }

  get current(): DeepReadonly<T> | undefined {
    return this.#current && this.#read(this.#current);
  }

  get previous(): DeepReadonly<T> | undefined {
    return this.#previous && this.#read(this.#previous);
  }
}
