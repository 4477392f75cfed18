import type { KubeList, KubeObject } from '../api/meta/object.ts';
import type { DeleteOptions } from '../api/schema/generated/meta-v1.ts';
import type { ResourceRef } from '../api/resources/define-resource.ts';

/**
 * How any process talks to an API server. Implementations: `rest-client.ts` over HTTPS, and the same over an in-process
 * transport. Every failure the server answers is an ApiError; a transport failure is the transport's own error.
 */
export interface Client {
  get<T extends KubeObject>(ref: ResourceRef<T>, at: ObjectAt, options?: GetOptions): Promise<T>;
  list<T extends KubeObject>(ref: ResourceRef<T>, at?: CollectionAt, options?: ListOptions): Promise<KubeList<T>>;
  /**
   * Events from `resourceVersion` on. Ends quietly when the server closes the watch; throws ApiError `Expired` when the
   * revision is too old, also where the server says so in an ERROR event.
   */
  watch<T extends KubeObject>(
    ref: ResourceRef<T>,
    at: CollectionAt,
    options: WatchOptions,
  ): AsyncIterable<WatchEvent<T>>;
  create<T extends KubeObject>(ref: ResourceRef<T>, object: T, options?: WriteOptions): Promise<T>;
  /** PUT of the object, or of one of its subresources (`status`). Conflict when its resourceVersion is not the newest. */
  update<T extends KubeObject>(ref: ResourceRef<T>, object: T, options?: WriteOptions): Promise<T>;
  patch<T extends KubeObject>(ref: ResourceRef<T>, at: ObjectAt, patch: Patch, options?: PatchOptions): Promise<T>;
  delete(ref: ResourceRef, at: ObjectAt, options?: DeleteOptions & CallOptions): Promise<void>;
  deleteCollection(ref: ResourceRef, at: CollectionAt, options?: DeleteOptions & ListOptions): Promise<void>;
  /** POST to a subresource that takes another kind: `binding`, `eviction`, `token`. */
  createSubresource<T>(
    ref: ResourceRef,
    at: ObjectAt & { readonly subresource: string },
    body: unknown,
    options?: WriteOptions,
  ): Promise<T>;
  /** Anything else: discovery, logs, raw paths. The body is not parsed. */
  raw(request: RawRequest): Promise<RawResponse>;
}

export interface ObjectAt {
  readonly namespace?: string;
  readonly name: string;
}

/** No namespace means all of them. */
export interface CollectionAt {
  readonly namespace?: string;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** What set this call off, for the server's own log (`k8ts-cause`); upstream ignores it. */
  readonly cause?: string;
}

export interface GetOptions extends CallOptions {
  readonly resourceVersion?: string;
  readonly subresource?: string;
}

export interface ListOptions extends CallOptions {
  /** Objects come without anything but their metadata (PartialObjectMetadata), where the server can do that. */
  readonly metadataOnly?: boolean;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan';
}

export interface WatchOptions extends CallOptions {
  /** As of a list. */
  readonly metadataOnly?: boolean;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly resourceVersion?: string;
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export interface WriteOptions extends CallOptions {
  readonly subresource?: string;
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict';
}

export interface PatchOptions extends WriteOptions {
  /** For `apply`: take fields that others own. */
  readonly force?: boolean;
}

export type Patch =
  | { readonly type: 'json'; readonly body: readonly unknown[] }
  | { readonly type: 'merge' | 'strategic' | 'apply'; readonly body: unknown };

export type WatchEvent<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  /** Only metadata.resourceVersion (and annotations, for the end of initial events) mean something. */
  | { readonly type: 'BOOKMARK'; readonly object: KubeObject };

export interface RawRequest extends CallOptions {
  readonly method: string;
  /** Path with query, from the server's root. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The body as it arrives; must be read to its end or destroyed. */
  readonly body: AsyncIterable<Buffer>;
  text(): Promise<string>;
}
