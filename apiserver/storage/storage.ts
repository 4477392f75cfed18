/**
 * The store behind an API server: an ordered map from keys to bytes with one revision counter, compare-and-swap and a
 * watch. Contract of `etcd3-storage` and `memory-storage`; `storage.contract.ts` is the suite both pass.
 */
export interface Storage {
  /** The newest value of a key, linearizable; undefined where there is none. */
  get(key: string, signal?: AbortSignal): Promise<StoredValue | undefined>;
  /** Keys under `prefix` in order, from `startKey` on, at most `limit`, as of `revision` (0: newest). Throws CompactedError. */
  range(options: RangeOptions, signal?: AbortSignal): Promise<RangeResult>;
  /**
   * Writes if the key's modRevision is still `expectedRevision` (0: the key must not be there).
   * Not doing so is no error: `succeeded` is false and `current` is what is there. `leaseSeconds` lets the key expire.
   */
  put(
    key: string,
    value: Uint8Array,
    options: { expectedRevision: number; leaseSeconds?: number },
    signal?: AbortSignal,
  ): Promise<WriteResult>;
  /** Deletes if the key's modRevision is still `expectedRevision`. `revision` is that of the delete. */
  delete(key: string, options: { expectedRevision: number }, signal?: AbortSignal): Promise<WriteResult>;
  /** The newest revision of the store, linearizable: a watch that has reached it has seen all writes acknowledged before the call. */
  currentRevision(signal?: AbortSignal): Promise<number>;
  /**
   * Every change under `prefix` after `afterRevision`, in revision order, none missing and none doubled, also across lost
   * connections. A batch holds whole revisions. A batch may be empty: then it says only that all up to its revision has
   * been delivered (progress). Throws CompactedError when `afterRevision` is compacted, FutureRevisionError when the store
   * has not reached it (it was restored from a backup). Ends only when the signal aborts. `withPrevious: false` spares
   * the store the work of sending previous values.
   */
  watch(
    options: { prefix: string; afterRevision: number; withPrevious?: boolean },
    signal: AbortSignal,
  ): AsyncIterable<ChangeBatch>;
  /** Forgets history up to `revision`. Not an error where that is already compacted. */
  compact(revision: number, signal?: AbortSignal): Promise<void>;
  /** True where the value that was last read of the key would be stored otherwise today, with another encryption key. */
  needsRewrite?(key: string): boolean;
  /** Compare-and-swap needs no transaction of our own: the caller's key is enough. Closes connections; later calls fail. */
  close(): Promise<void>;
}

export interface StoredValue {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
}

export interface RangeOptions {
  readonly prefix: string;
  readonly startKey?: string;
  readonly limit?: number;
  readonly revision?: number;
}

export interface RangeResult {
  readonly items: readonly StoredValue[];
  /** The store's revision when it answered; with `revision` given, still the newest one. */
  readonly revision: number;
  readonly more: boolean;
  /** How many keys there are from `startKey` on, beyond the limit too. */
  readonly count: number;
}

export type WriteResult =
  | { readonly succeeded: true; readonly revision: number }
  | { readonly succeeded: false; readonly current: StoredValue | undefined; readonly revision: number };

export interface Change {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** Empty for a delete. */
  readonly value: Buffer;
  readonly modRevision: number;
  /** True where a put created the key. */
  readonly created: boolean;
  /** Value and revision before the change, where there was one. */
  readonly previous?: { readonly value: Buffer; readonly modRevision: number };
}

export interface ChangeBatch {
  readonly changes: readonly Change[];
  readonly revision: number;
}

/** The revision asked for is no longer in the history. */
export class CompactedError extends Error {
  readonly compactRevision: number;
  constructor(compactRevision: number) {
    super(`mvcc: required revision has been compacted (compacted at ${compactRevision})`);
    this.name = 'CompactedError';
    this.compactRevision = compactRevision;
  }
}

/** A revision that the store has not reached yet was asked for. */
export class FutureRevisionError extends Error {
  constructor(revision: number) {
    super(`mvcc: required revision ${revision} is a future revision`);
    this.name = 'FutureRevisionError';
  }
}

/**
 * The store could not be reached or gave no answer. `kind` says what that means for a write: it certainly did not take
 * place, or nobody knows, because the time was over (`timedOut`) or the connection or the store broke off (`unknown`).
 */
export class StorageUnavailableError extends Error {
  readonly kind: 'notApplied' | 'timedOut' | 'unknown';
  constructor(message: string, options: ErrorOptions & { readonly kind: StorageUnavailableError['kind'] }) {
    super(message, options);
    this.name = 'StorageUnavailableError';
    this.kind = options.kind;
  }
}
