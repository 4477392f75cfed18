import { hasReason } from '../api/meta/errors.ts';
import { objectKey, type DeepReadonly, type KubeObject, type ObjectKey } from '../api/meta/object.ts';
import { apiVersionOf, type ResourceRef } from '../api/resources/define-resource.ts';
import { createBackoff } from '../component/backoff.ts';
import type { Deps } from '../component/deps.ts';
import { untilAborted } from '../component/until-aborted.ts';
import type { Client, WatchEvent } from './client.ts';
import type { Informer, InformerHandlers, InformerOptions } from './informer-contract.ts';
import { createObjectCache, type ObjectCache } from './object-cache.ts';
import { createRetry } from './retry.ts';

/** Objects asked for in one answer of a list. */
const pageSize = 500;
/** A watch is asked to end after this long, and up to as long again, so that reconnects of many clients spread out. */
const watchSeconds = 300;

export interface SharedInformer<T extends KubeObject> extends Informer<T> {
  /** Adds indices while it runs; see `ObjectCache.addIndices`. */
  addIndices(indices: NonNullable<InformerOptions<T>['indices']>): void;
}

interface Listener<T extends KubeObject> {
  readonly handlers: InformerHandlers<T>;
  isRemoved: boolean;
}

/**
 * An informer by list and watch: pages of 500 from the server's cache (resourceVersion 0) at first, then a watch with
 * bookmarks that resumes where it broke; when its revision is too old (410), a new list whose differences to the cache
 * become events. Managed fields are dropped unless `transform` says otherwise. A handler that throws is logged and
 * holds up nobody.
 */
export function createInformer<T extends KubeObject>(
  client: Client,
  ref: ResourceRef<T>,
  options: InformerOptions<T>,
  deps: Deps,
): SharedInformer<T> {
  const cache = createObjectCache<T>();
  if (options.indices) cache.addIndices(options.indices);
  const log = deps.log.child({ resource: ref.group ? `${ref.plural}.${ref.group}` : ref.plural });
  const listeners = new Set<Listener<T>>();
  const synced = Promise.withResolvers<void>();
  let hasSynced = false;
  let isRunning = false;

  const call = (listener: Listener<T>, tell: (handlers: InformerHandlers<T>) => void): void => {
    if (listener.isRemoved) return;
    try {
      tell(listener.handlers);
    } catch (error) {
      log.error('informer handler failed', { error });
    }
  };
  const tellAll = (tell: (handlers: InformerHandlers<T>) => void): void => {
    for (const listener of listeners) call(listener, tell);
  };
  const store: Store<T> = {
    cache,
    put: (object) => {
      const next = prepare(ref, options, object);
      const old = cache.set(next);
      if (!old) tellAll((handlers) => handlers.added?.(next));
      else if (old.metadata.resourceVersion !== next.metadata.resourceVersion) {
        tellAll((handlers) => handlers.updated?.(next, old));
      }
    },
    remove: (key, last) => {
      const old = cache.delete(key);
      const object = last ? prepare(ref, options, last) : old;
      if (old && object) tellAll((handlers) => handlers.deleted?.(object));
    },
  };

  return {
    lister: cache,
    get hasSynced() {
      return hasSynced;
    },
    addIndices: cache.addIndices,
    addHandlers: (handlers) => {
      const listener: Listener<T> = { handlers, isRemoved: false };
      listeners.add(listener);
      for (const object of cache.list()) call(listener, (h) => h.added?.(object));
      return () => {
        listener.isRemoved = true;
        listeners.delete(listener);
      };
    },
    waitForSync: async (signal) => {
      if (!hasSynced) await untilAborted(synced.promise, signal);
    },
    run: async (signal) => {
      if (isRunning) throw new Error(`the informer of ${ref.plural} is running already`);
      isRunning = true;
      try {
        await listAndWatch(client, ref, options, { ...deps, log }, store, signal, () => {
          hasSynced = true;
          synced.resolve();
        });
      } finally {
        isRunning = false;
      }
    },
  };
}

interface Store<T extends KubeObject> {
  readonly cache: ObjectCache<T>;
  put(object: T): void;
  remove(key: ObjectKey, last?: T): void;
}

async function listAndWatch<T extends KubeObject>(
  client: Client,
  ref: ResourceRef<T>,
  options: InformerOptions<T>,
  deps: Deps,
  store: Store<T>,
  signal: AbortSignal,
  onSynced: () => void,
): Promise<void> {
  const { clock, random, log } = deps;
  const backoff = { initialMs: 100, maxMs: 30_000, jitter: 1, resetAfterMs: 120_000 };
  const retry = createRetry(backoff, deps);
  /** Between watches that end at once or whose revision is too old. */
  const pause = createBackoff(backoff, deps);
  let resourceVersion: string | undefined;
  /** The first list may come from the server's cache; after a 410 only the newest will do. */
  let listFrom: string | undefined = '0';

  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        resourceVersion = await relist(client, ref, options, store, listFrom, signal);
        onSynced();
        retry.reset();
        pause.reset();
      }
      const startMs = clock.monotonicMs();
      const events = client.watch(
        ref,
        { namespace: options.namespace },
        {
          labelSelector: options.labelSelector,
          fieldSelector: options.fieldSelector,
          metadataOnly: options.metadataOnly,
          resourceVersion,
          allowWatchBookmarks: true,
          timeoutSeconds: Math.round(watchSeconds * (1 + random.next())),
          signal,
        },
      );
      let seen = 0;
      for await (const event of events) {
        if (signal.aborted) return;
        applyEvent(event, store);
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
        if (seen++ > 0) continue;
        retry.reset();
        pause.reset();
      }
      // A server that ends watches at once (it is stopping) is not asked again at once.
      if (seen === 0 && clock.monotonicMs() - startMs < 1000) await pause.wait(signal);
    } catch (error) {
      if (signal.aborted) return;
      if (hasReason(error, 'Expired', 'Gone')) {
        log.info('the revision is too old, listing again', { resourceVersion });
        // a continue token may expire as well: then the next list is one from the newest revision too
        resourceVersion = undefined;
        listFrom = undefined;
        await pause.wait(signal).catch(() => {});
      } else {
        const what = resourceVersion === undefined ? 'list failed, retrying' : 'watch failed, retrying';
        await retry.after(error, what, signal);
      }
    }
  }
}

/** Reads everything and makes the cache so; answers the revision it is of. Differences become events. */
async function relist<T extends KubeObject>(
  client: Client,
  ref: ResourceRef<T>,
  options: InformerOptions<T>,
  store: Store<T>,
  listFrom: string | undefined,
  signal: AbortSignal,
): Promise<string> {
  const items: T[] = [];
  let next: string | undefined;
  let resourceVersion: string;
  do {
    const list = await client.list(
      ref,
      { namespace: options.namespace },
      {
        labelSelector: options.labelSelector,
        fieldSelector: options.fieldSelector,
        metadataOnly: options.metadataOnly,
        limit: pageSize,
        ...(next ? { continue: next } : { resourceVersion: listFrom }),
        signal,
      },
    );
    for (const item of list.items) items.push(item);
    resourceVersion = list.metadata.resourceVersion ?? '';
    next = list.metadata.continue;
  } while (next);

  const gone = new Set(store.cache.keys());
  for (const item of items) gone.delete(objectKey(item));
  for (const key of gone) store.remove(key);
  for (const item of items) store.put(item);
  return resourceVersion;
}

function applyEvent<T extends KubeObject>(event: WatchEvent<T>, store: Store<T>): void {
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
      return store.put(event.object);
    case 'DELETED':
      return store.remove(objectKey(event.object), event.object);
    case 'BOOKMARK':
      return;
  }
}

/** Items of a list do not say what they are; readers of the cache may rely on it. */
function prepare<T extends KubeObject>(ref: ResourceRef<T>, options: InformerOptions<T>, object: T): DeepReadonly<T> {
  if (options.metadataOnly || object.kind === undefined) object.kind = ref.kind;
  if (options.metadataOnly || object.apiVersion === undefined) object.apiVersion = apiVersionOf(ref);
  return (options.transform ?? dropManagedFields)(object) as DeepReadonly<T>;
}

/** Nobody reads them from a cache, and they are often half of the object. */
function dropManagedFields<T extends KubeObject>(object: T): T {
  delete object.metadata.managedFields;
  return object;
}
