import type { AnyObject, DeepReadonly, KubeObject } from '../../api/meta/object.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';
import type { CacheReader } from '../../apiserver/storage/cache-reader.ts';

type Change = { readonly current?: DeepReadonly<KubeObject>; readonly previous?: DeepReadonly<KubeObject> };

/** A CacheReader over objects a test puts in; uids and revisions are made up where they are left out. */
export class FakeCacheReader implements CacheReader {
  readonly #objects = new Map<string, Map<string, AnyObject>>();
  readonly #listeners = new Map<string, Set<(change: Change) => void>>();
  /** What only the store knows yet: seen by `getNewest`, not by the cache. */
  readonly #unseen = new Map<string, Map<string, AnyObject>>();
  #revision = 0;

  put<T extends KubeObject>(ref: ResourceRef<T>, object: T): T {
    const stored = this.#complete(ref, object);
    const objects = this.#of(this.#objects, ref);
    const key = keyOf(stored.metadata);
    const previous = objects.get(key);
    objects.set(key, stored);
    this.#tell(ref, { current: stored as DeepReadonly<KubeObject>, previous: previous as DeepReadonly<KubeObject> });
    return stored as unknown as T;
  }

  /** Stores an object that the cache has not caught up with. */
  putUnseen<T extends KubeObject>(ref: ResourceRef<T>, object: T): T {
    const stored = this.#complete(ref, object);
    this.#of(this.#unseen, ref).set(keyOf(stored.metadata), stored);
    return stored as unknown as T;
  }

  delete(ref: ResourceRef, at: { readonly namespace?: string; readonly name: string }): void {
    const objects = this.#of(this.#objects, ref);
    const previous = objects.get(keyOf(at));
    objects.delete(keyOf(at));
    if (previous) this.#tell(ref, { previous: previous as DeepReadonly<KubeObject> });
  }

  get<T extends KubeObject>(
    ref: ResourceRef<T>,
    at: { readonly namespace?: string; readonly name: string },
  ): DeepReadonly<T> | undefined {
    const key = ref.scope === 'Namespaced' ? keyOf(at) : keyOf({ name: at.name });
    return this.#of(this.#objects, ref).get(key) as DeepReadonly<T> | undefined;
  }

  list<T extends KubeObject>(ref: ResourceRef<T>, namespace?: string): DeepReadonly<T>[] {
    const all = [...this.#of(this.#objects, ref).values()];
    return all.filter(({ metadata }) => !namespace || metadata.namespace === namespace) as unknown as DeepReadonly<T>[];
  }

  onChange<T extends KubeObject>(
    ref: ResourceRef<T>,
    listener: (change: { readonly current?: DeepReadonly<T>; readonly previous?: DeepReadonly<T> }) => void,
  ): () => void {
    const listeners = this.#listeners.get(idOf(ref)) ?? new Set();
    this.#listeners.set(idOf(ref), listeners);
    listeners.add(listener as (change: Change) => void);
    return () => void listeners.delete(listener as (change: Change) => void);
  }

  getNewest<T extends KubeObject>(
    ref: ResourceRef<T>,
    at: { readonly namespace?: string; readonly name: string },
  ): Promise<T | undefined> {
    const unseen = this.#of(this.#unseen, ref).get(keyOf(at));
    return Promise.resolve((unseen ?? this.get(ref, at)) as T | undefined);
  }

  #complete(ref: ResourceRef, object: KubeObject): AnyObject {
    const { name, namespace } = object.metadata;
    const made = { uid: `uid-${ref.plural}-${namespace ? `${namespace}-` : ''}${name}` };
    const resourceVersion = String(++this.#revision);
    return { ...object, metadata: { ...made, ...object.metadata, resourceVersion } };
  }

  #of(map: Map<string, Map<string, AnyObject>>, ref: ResourceRef): Map<string, AnyObject> {
    const found = map.get(idOf(ref)) ?? new Map<string, AnyObject>();
    map.set(idOf(ref), found);
    return found;
  }

  #tell(ref: ResourceRef, change: Change): void {
    for (const listener of this.#listeners.get(idOf(ref)) ?? []) listener(change);
  }
}

const idOf = ({ group, plural }: ResourceRef): string => `${plural}.${group}`;
const keyOf = ({ namespace, name }: { readonly namespace?: string; readonly name?: string }): string =>
  `${namespace ?? ''}/${name}`;
