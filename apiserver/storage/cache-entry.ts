import type { AnyObject, DeepReadonly } from '../../api/meta/object.ts';

/** What selection needs of an object, parsed once when the cache takes it in. */
export interface Digest {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Selectable fields beyond metadata.name and metadata.namespace; undefined where the resource has none. */
  readonly fields: Readonly<Record<string, string>> | undefined;
  readonly deletionTimestamp?: string;
}

/**
 * Digests a stored value. `resourcePrefix` (`/registry/pods/`) tells the resource; `object` is what the value says, for
 * callers who have it. Must not throw on foreign bytes.
 */
export type DigestFunction = (resourcePrefix: string, key: string, value: Buffer, object?: AnyObject) => Digest;

/** Values made from something once and shared by all who ask for the same slot. */
class Memo {
  #slot: unknown;
  #value: unknown;
  #more: Map<unknown, unknown> | undefined;

  /** What `make` returned for this slot the first time. Slots are compared by identity: a string or a shared object. */
  memo<T>(slot: unknown, make: () => T): T {
    if (this.#slot === slot) return this.#value as T;
    if (this.#slot === undefined) {
      this.#value = make();
      this.#slot = slot;
      return this.#value as T;
    }
    this.#more ??= new Map();
    if (this.#more.has(slot)) return this.#more.get(slot) as T;
    const value = make();
    this.#more.set(slot, value);
    return value;
  }

  forgetMemos(): void {
    this.#slot = undefined;
    this.#value = undefined;
    this.#more = undefined;
  }
}

/** One state of one object. Immutable but for memos; the Buffer is shared and must not be written to. */
export class CacheEntry {
  readonly key: string;
  /** JSON as stored: without resourceVersion. */
  readonly value: Buffer;
  readonly modRevision: number;
  readonly createRevision: number;
  readonly digest: Digest;
  /** The object as a protobuf message with its resourceVersion, for those who list in that format; made when first listed. */
  message: Uint8Array | undefined;
  #object: WeakRef<AnyObject> | undefined;

  constructor(key: string, value: Buffer, modRevision: number, createRevision: number, digest: Digest) {
    this.key = key;
    this.value = value;
    this.modRevision = modRevision;
    this.createRevision = createRevision;
    this.digest = digest;
    this.message = undefined;
  }

  /** The whole object with its resourceVersion. Parsed when asked for, shared while anyone holds it: never change it. */
  object(): DeepReadonly<AnyObject> {
    let object = this.#object?.deref();
    if (!object) {
      object = JSON.parse(this.value.toString()) as AnyObject;
      object.metadata.resourceVersion = String(this.modRevision);
      this.#object = new WeakRef(object);
    }
    return object;
  }
}

/** One change as watchers see it. */
export class CacheEvent extends Memo {
  readonly type: 'put' | 'delete';
  /** For a delete the last state, with the revision of the delete. */
  readonly entry: CacheEntry;
  readonly previous: CacheEntry | undefined;
  readonly revision: number;

  constructor(type: 'put' | 'delete', entry: CacheEntry, previous: CacheEntry | undefined, revision: number) {
    super();
    this.type = type;
    this.entry = entry;
    this.previous = previous;
    this.revision = revision;
  }
}
