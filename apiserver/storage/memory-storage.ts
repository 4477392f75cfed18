import type { Timer } from '../../component/clock.ts';
import type { Deps } from '../../component/deps.ts';
import { prefixEnd } from './keys.ts';
import { SortedMap } from './sorted-map.ts';
import { CompactedError, FutureRevisionError } from './storage.ts';
import type { Change, ChangeBatch, RangeOptions, RangeResult, Storage, StoredValue, WriteResult } from './storage.ts';

/** At most so many changes a batch, give or take a revision, so that a long replay does not hold the event loop. */
const batchChanges = 1000;
const expiryStepMs = 500;

interface LoggedChange extends Change {
  readonly previous?: StoredValue;
}

/**
 * A store within the process: the semantics of etcd, for tests and for embedding where nothing needs to outlive the
 * process. History is kept until `compact`. Values given are copied; Buffers handed out are shared and never change.
 */
export function createMemoryStorage(deps: Pick<Deps, 'clock'>): Storage {
  return new MemoryStorage(deps);
}

class MemoryStorage implements Storage {
  readonly #clock: Deps['clock'];
  readonly #live = new SortedMap<StoredValue>();
  /** All changes after #compactRevision, in order. */
  #log: LoggedChange[] = [];
  #revision = 1;
  #compactRevision = 0;
  readonly #expiryMs = new Map<string, number>();
  #expiryTimer: { readonly atMs: number; readonly timer: Timer } | undefined;
  #closed = false;
  #changed = Promise.withResolvers<void>();

  constructor({ clock }: Pick<Deps, 'clock'>) {
    this.#clock = clock;
  }

  async get(key: string, signal?: AbortSignal): Promise<StoredValue | undefined> {
    this.#check(signal);
    return this.#live.get(key);
  }

  async range(options: RangeOptions, signal?: AbortSignal): Promise<RangeResult> {
    this.#check(signal);
    const { prefix, revision = 0, limit = 0 } = options;
    const start = options.startKey !== undefined && options.startKey > prefix ? options.startKey : prefix;
    const end = prefixEnd(prefix);
    if (revision > this.#revision) throw new FutureRevisionError(revision);
    if (revision > 0 && revision < this.#compactRevision) throw new CompactedError(this.#compactRevision);
    const map = revision > 0 && revision < this.#revision ? this.#at(revision, start, end) : this.#live;
    const count = map.count(start, end);
    const items = map.range(start, end, limit > 0 ? limit : Infinity);
    return { items, revision: this.#revision, more: items.length < count, count };
  }

  async put(
    key: string,
    value: Uint8Array,
    { expectedRevision, leaseSeconds }: { expectedRevision: number; leaseSeconds?: number },
    signal?: AbortSignal,
  ): Promise<WriteResult> {
    this.#check(signal);
    const current = this.#live.get(key);
    if ((current?.modRevision ?? 0) !== expectedRevision)
      return { succeeded: false, current, revision: this.#revision };
    const modRevision = ++this.#revision;
    const stored: StoredValue = {
      key,
      value: Buffer.from(value),
      createRevision: current?.createRevision ?? modRevision,
      modRevision,
    };
    this.#live.set(stored);
    this.#log.push({
      type: 'put',
      key,
      value: stored.value,
      modRevision,
      created: !current,
      ...(current ? { previous: current } : {}),
    });
    this.#expiryMs.delete(key);
    if (leaseSeconds) {
      const dueMs = this.#clock.monotonicMs() + leaseSeconds * 1000;
      this.#expiryMs.set(key, dueMs);
      this.#scheduleExpiry(dueMs);
    }
    this.#wake();
    return { succeeded: true, revision: modRevision };
  }

  async delete(
    key: string,
    { expectedRevision }: { expectedRevision: number },
    signal?: AbortSignal,
  ): Promise<WriteResult> {
    this.#check(signal);
    const current = this.#live.get(key);
    if (!current || current.modRevision !== expectedRevision) {
      return { succeeded: false, current, revision: this.#revision };
    }
    this.#remove([current]);
    return { succeeded: true, revision: this.#revision };
  }

  async currentRevision(signal?: AbortSignal): Promise<number> {
    this.#check(signal);
    return this.#revision;
  }

  async *watch(
    { prefix, afterRevision }: { prefix: string; afterRevision: number },
    signal: AbortSignal,
  ): AsyncIterable<ChangeBatch> {
    if (signal.aborted) return;
    this.#check();
    if (afterRevision > this.#revision) throw new FutureRevisionError(afterRevision);
    const aborted = Promise.withResolvers<void>();
    const abort = (): void => aborted.resolve();
    signal.addEventListener('abort', abort, { once: true });
    try {
      for (let position = afterRevision; !signal.aborted;) {
        this.#check();
        if (position < this.#compactRevision) throw new CompactedError(this.#compactRevision);
        if (position === this.#revision) {
          await Promise.race([this.#changed.promise, aborted.promise]);
          continue;
        }
        const batch = this.#batch(prefix, position);
        position = batch.revision;
        yield batch;
      }
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async compact(revision: number, signal?: AbortSignal): Promise<void> {
    this.#check(signal);
    if (revision > this.#revision) throw new FutureRevisionError(revision);
    if (revision <= this.#compactRevision) return;
    this.#log.splice(0, this.#firstAfter(revision));
    this.#compactRevision = revision;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#expiryTimer?.timer.cancel();
    this.#wake();
  }

  #check(signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (this.#closed) throw new Error('the store is closed');
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Deletes all of them in one revision, as an expiring lease does. */
  #remove(values: readonly StoredValue[]): void {
    const modRevision = ++this.#revision;
    for (const previous of values) {
      this.#live.delete(previous.key);
      this.#expiryMs.delete(previous.key);
      this.#log.push({
        type: 'delete',
        key: previous.key,
        value: Buffer.alloc(0),
        modRevision,
        created: false,
        previous,
      });
    }
    this.#wake();
  }

  #batch(prefix: string, position: number): ChangeBatch {
    let end = this.#firstAfter(position);
    const changes: Change[] = [];
    let revision = position;
    for (; end < this.#log.length; end++) {
      const change = this.#log[end]!;
      if (change.modRevision !== revision && changes.length >= batchChanges) return { changes, revision };
      revision = change.modRevision;
      if (change.key.startsWith(prefix)) changes.push(change);
    }
    return { changes, revision: this.#revision };
  }

  /** Index of the first logged change after the revision. */
  #firstAfter(revision: number): number {
    let low = 0;
    let high = this.#log.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#log[middle]!.modRevision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The range as of an older revision: the newest state with everything after the revision taken back. */
  #at(revision: number, start: string, end: string): SortedMap<StoredValue> {
    const map = new SortedMap<StoredValue>();
    for (const value of this.#live.range(start, end)) map.set(value);
    const undone = new Set<string>();
    for (let i = this.#firstAfter(revision); i < this.#log.length; i++) {
      const { key, previous } = this.#log[i]!;
      if (key < start || key >= end || undone.has(key)) continue;
      undone.add(key);
      if (previous) map.set(previous);
      else map.delete(key);
    }
    return map;
  }

  /** Keys expire together on the half second after they are due, so that many leases do not cost a timer each. */
  #scheduleExpiry(dueMs: number): void {
    const atMs = Math.ceil(dueMs / expiryStepMs) * expiryStepMs;
    if (this.#expiryTimer && this.#expiryTimer.atMs <= atMs) return;
    this.#expiryTimer?.timer.cancel();
    const timer = this.#clock.after(Math.max(0, atMs - this.#clock.monotonicMs()), () => {
      this.#expiryTimer = undefined;
      if (!this.#closed) this.#expire();
    });
    this.#expiryTimer = { atMs, timer };
  }

  #expire(): void {
    const nowMs = this.#clock.monotonicMs();
    const due: StoredValue[] = [];
    let nextMs = Infinity;
    for (const [key, ms] of this.#expiryMs) {
      if (ms <= nowMs) due.push(this.#live.get(key)!);
      else if (ms < nextMs) nextMs = ms;
    }
    if (due.length > 0) this.#remove(due);
    if (nextMs !== Infinity) this.#scheduleExpiry(nextMs);
  }
}
