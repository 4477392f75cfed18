import type { DeepReadonly, KubeObject } from '../../api/meta/object.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';

/**
 * Synchronous reads of the watch cache for parts inside the API server (RBAC index, admission, node authorizer): as of a
 * recent revision, no copy, parsed once and shared. For decisions that must see the newest state, read the store.
 */
export interface CacheReader {
  get<T extends KubeObject>(
    ref: ResourceRef<T>,
    at: { readonly namespace?: string; readonly name: string },
  ): DeepReadonly<T> | undefined;
  list<T extends KubeObject>(ref: ResourceRef<T>, namespace?: string): DeepReadonly<T>[];
  /** Called after the cache took a change of the resource in. Returns its removal. */
  onChange<T extends KubeObject>(
    ref: ResourceRef<T>,
    listener: (change: { readonly current?: DeepReadonly<T>; readonly previous?: DeepReadonly<T> }) => void,
  ): () => void;
  /** The newest state of one object, linearizable: for decisions that a stale cache must not make (is the namespace really missing?). */
  getNewest<T extends KubeObject>(
    ref: ResourceRef<T>,
    at: { readonly namespace?: string; readonly name: string },
  ): Promise<T | undefined>;
}
