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
    const prefix = resourcePrefix(stored);
    const keyOf = (at: NamedObject): string => storageKey(stored, at);
    const read = (entry: CacheEntry): DeepReadonly<T> => {
      const object = entry.object();
      return (convert ? convert(structuredClone(object) as KubeObject) : object) as DeepReadonly<T>;
    };
    return {
      prefix,
      keyOf,
      get: recentReads(keyOf, (key) => cache.get(key, prefix), read),
      prefixOf: (namespace) => collectionPrefix(stored, namespace),
      read,
      parse: (object) => (convert ? convert(object) : (object as unknown as T)),
    };
  };

  return {
    get(ref, at) {
      return located(ref)?.get(at);
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
  readonly keyOf: (at: NamedObject) => string;
  readonly get: (at: NamedObject) => DeepReadonly<T> | undefined;
  readonly prefixOf: (namespace?: string) => string;
  readonly read: (entry: CacheEntry) => DeepReadonly<T>;
  readonly parse: (object: AnyObject) => T;
}

interface NamedObject {
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** One object that was asked for: its key, and what its entry was parsed to. */
interface Recent<T> {
  readonly namespace: string | undefined;
  readonly name: string;
  readonly key: string;
  entry: CacheEntry | undefined;
  object: DeepReadonly<T> | undefined;
}

const keptReads = 4;

/**
 * Reads by name, of which the last few are kept: one request asks for the same namespace and account several times, and so
 * do those that follow it. An entry holds what it parsed weakly, and to ask that costs more than the rest of a read.
 */
function recentReads<T>(
  keyOf: (at: NamedObject) => string,
  find: (key: string) => CacheEntry | undefined,
  read: (entry: CacheEntry) => DeepReadonly<T>,
): (at: NamedObject) => DeepReadonly<T> | undefined {
  const kept: Recent<T>[] = [];
  let next = 0;
  const recentOf = ({ namespace, name }: NamedObject): Recent<T> => {
    for (const recent of kept) if (recent.name === name && recent.namespace === namespace) return recent;
    const made = { namespace, name, key: keyOf({ namespace, name }), entry: undefined, object: undefined };
    kept[next++ % keptReads] = made;
    return made;
  };
  return (at) => {
    const recent = recentOf(at);
    const entry = find(recent.key);
    if (entry !== recent.entry) {
      recent.entry = entry;
      recent.object = entry && read(entry);
    }
    return recent.object;
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
