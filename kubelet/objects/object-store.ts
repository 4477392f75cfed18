import { hasReason } from '../../api/meta/errors.ts';
import type { DeepReadonly, KubeObject } from '../../api/meta/object.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import type { Client } from '../../client/client.ts';
import type { Deps } from '../../component/deps.ts';
import type { ObjectReader } from '../environment/environment.ts';

export interface ObjectStore {
  /** Config maps and secrets of one namespace. */
  reader(namespace: string, signal?: AbortSignal): ObjectReader;
  /** What is read next in the namespace comes from the server, so that a new pod never gets an old object. */
  invalidate(namespace: string): void;
}

interface Entry {
  readonly object: Promise<KubeObject | undefined>;
  /** Of the monotonic clock; Infinity for what can never change. */
  expiresAtMs: number;
}

/** How long an object is good for, in ms: less than a pod's own round, so that each round sees changes. */
const lifetimeMs = 45_000;
const maxEntries = 2000;

/**
 * Config maps and secrets, each fetched by its own name (a node may read only what its pods refer to) and kept for a
 * while, so that many pods cost the server little.
 */
export function createObjectStore(client: Client, deps: Pick<Deps, 'clock'>): ObjectStore {
  const entries = new Map<string, Entry>();

  const read = <T extends KubeObject & { immutable?: boolean }>(
    ref: ResourceRef<T>,
    namespace: string,
    name: string,
    signal?: AbortSignal,
  ): Promise<DeepReadonly<T> | undefined> => {
    const key = `${namespace}/${ref.plural}/${name}`;
    const known = entries.get(key);
    if (known && known.expiresAtMs > deps.clock.monotonicMs()) return known.object as Promise<DeepReadonly<T>>;
    const object = client.get(ref, { namespace, name }, { signal }).catch((error: unknown) => {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    });
    const entry: Entry = { object, expiresAtMs: deps.clock.monotonicMs() + lifetimeMs };
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value!);
    object.then(
      (found) => {
        if (!found) forget(key, entry);
        else if (found.immutable) entry.expiresAtMs = Infinity;
      },
      () => forget(key, entry),
    );
    return object as Promise<DeepReadonly<T> | undefined>;
  };
  const forget = (key: string, entry: Entry): void => {
    if (entries.get(key) === entry) entries.delete(key);
  };

  return {
    reader: (namespace, signal) => ({
      configMap: (name) => read(configMaps, namespace, name, signal),
      secret: (name) => read(secrets, namespace, name, signal),
    }),
    invalidate: (namespace) => {
      for (const key of entries.keys()) if (key.startsWith(`${namespace}/`)) entries.delete(key);
    },
  };
}
