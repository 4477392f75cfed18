import { objectKey, type DeepReadonly, type KubeObject, type ObjectKey } from '../api/meta/object.ts';
import type { InformerOptions, Lister } from './informer-contract.ts';

type IndexFunction<T> = (object: DeepReadonly<T>) => string[];
type Bucket<T> = Map<string, DeepReadonly<T>>;

interface Index<T> {
  readonly valuesOf: IndexFunction<T>;
  readonly buckets: Map<string, Bucket<T>>;
}

/** Objects by key, kept with their indices. Reads are a Lister; whoever writes is the one informer. */
export interface ObjectCache<T extends KubeObject> extends Lister<T> {
  readonly size: number;
  keys(): ObjectKey[];
  /** Puts the object in and answers what was there before. */
  set(object: DeepReadonly<T>): DeepReadonly<T> | undefined;
  delete(key: ObjectKey): DeepReadonly<T> | undefined;
  /** Files all there is. The same function again is nothing; another one under a known name throws. */
  addIndices(indices: NonNullable<InformerOptions<T>['indices']>): void;
}

const byNamespace = 'namespace';
const byController = 'controller';

/** An empty cache, indexed by namespace and by the uid of the controlling owner from the start. */
export function createObjectCache<T extends KubeObject>(): ObjectCache<T> {
  const objects: Bucket<T> = new Map();
  const indices = new Map<string, Index<T>>();

  const file = (index: Index<T>, key: string, object: DeepReadonly<T>): string[] => {
    const values = index.valuesOf(object);
    for (const value of values) {
      let bucket = index.buckets.get(value);
      if (!bucket) index.buckets.set(value, (bucket = new Map()));
      bucket.set(key, object);
    }
    return values;
  };
  const unfile = (index: Index<T>, key: string, object: DeepReadonly<T>, except: readonly string[] = []): void => {
    for (const value of index.valuesOf(object)) {
      if (except.includes(value)) continue;
      const bucket = index.buckets.get(value);
      if (bucket?.delete(key) && bucket.size === 0) index.buckets.delete(value);
    }
  };
  const addIndex = (name: string, valuesOf: IndexFunction<T>): void => {
    const known = indices.get(name);
    if (known?.valuesOf === valuesOf) return;
    if (known) throw new Error(`index ${name} is already there with another function`);
    const index: Index<T> = { valuesOf, buckets: new Map() };
    indices.set(name, index);
    for (const [key, object] of objects) file(index, key, object);
  };
  const readIndex = (name: string, value: string): DeepReadonly<T>[] => {
    const index = indices.get(name);
    if (!index) throw new Error(`there is no index ${name}`);
    const bucket = index.buckets.get(value);
    return bucket ? [...bucket.values()] : [];
  };

  addIndex(byNamespace, (object) => (object.metadata.namespace ? [object.metadata.namespace] : []));
  addIndex(byController, (object) => {
    const owner = object.metadata.ownerReferences?.find((reference) => reference.controller);
    return owner ? [owner.uid] : [];
  });

  return {
    get size() {
      return objects.size;
    },
    keys: () => [...objects.keys()] as ObjectKey[],
    get: (key) => objects.get(key),
    list: (namespace) => (namespace ? readIndex(byNamespace, namespace) : [...objects.values()]),
    byIndex: readIndex,
    controlledBy: ({ metadata: { uid } }) => (uid ? readIndex(byController, uid) : []),
    set: (object) => {
      const key = objectKey(object);
      const old = objects.get(key);
      for (const index of indices.values()) {
        const values = file(index, key, object);
        if (old) unfile(index, key, old, values);
      }
      objects.set(key, object);
      return old;
    },
    delete: (key) => {
      const old = objects.get(key);
      if (!old) return undefined;
      objects.delete(key);
      for (const index of indices.values()) unfile(index, key, old);
      return old;
    },
    addIndices: (more) => {
      for (const [name, valuesOf] of Object.entries(more)) addIndex(name, valuesOf);
    },
  };
}
