import type { DeepReadonly, KubeObject, ObjectKey } from '../api/meta/object.ts';

/** Reads of an informer's cache: as of some recent revision, never newer than what handlers have been told. */
export interface Lister<T extends KubeObject> {
  get(key: ObjectKey | string): DeepReadonly<T> | undefined;
  /** All, or those of one namespace. The array is the caller's, the objects are the cache's: do not change them. */
  list(namespace?: string): DeepReadonly<T>[];
  /** Objects an index function (see `InformerOptions.indices`) filed under `value`. */
  byIndex(index: string, value: string): DeepReadonly<T>[];
  /** Objects whose controller ownerReference has this uid. */
  controlledBy(owner: { readonly metadata: { readonly uid?: string } }): DeepReadonly<T>[];
}

export interface InformerHandlers<T extends KubeObject> {
  added?(object: DeepReadonly<T>): void;
  updated?(next: DeepReadonly<T>, old: DeepReadonly<T>): void;
  /** `object` is the last state seen; it may be older than the state that was deleted. */
  deleted?(object: DeepReadonly<T>): void;
}

export interface InformerOptions<T extends KubeObject> {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Each files an object under any number of values. */
  readonly indices?: Readonly<Record<string, (object: DeepReadonly<T>) => string[]>>;
  /** Only metadata is asked for; kind and apiVersion of what is cached are those of the resource all the same. */
  readonly metadataOnly?: boolean;
  /** Drops what the caller never reads, before the object is cached (managedFields…). */
  readonly transform?: (object: T) => T;
}

/** An ordered, eventually consistent cache of one resource that survives broken watches, restarts and 410s. */
export interface Informer<T extends KubeObject> {
  readonly lister: Lister<T>;
  /** Handlers are called in order, after the cache has the change; a late one is told of all there is first. Returns its removal. */
  addHandlers(handlers: InformerHandlers<T>): () => void;
  /** True once the first full list is in the cache and its handlers have been called. */
  readonly hasSynced: boolean;
  /** Resolves when `hasSynced` becomes true. */
  waitForSync(signal?: AbortSignal): Promise<void>;
  /** Lists and watches until the signal aborts; retries with backoff for ever. */
  run(signal: AbortSignal): Promise<void>;
}
