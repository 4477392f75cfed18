import type { Clock, Timer } from '../../component/clock.ts';
import type { ReadonlyPod } from '../framework/plugin.ts';

export interface QueuedPod {
  readonly pod: ReadonlyPod;
  readonly attempts: number;
  /** When it was first queued; among pods of one priority the oldest goes first. Milliseconds, monotonic. */
  readonly addedMs: number;
}

type Place = 'active' | 'backoff' | 'unschedulable' | 'inFlight';
interface Entry extends QueuedPod {
  place: Place;
  /** Plugins that refused it; empty: any event may help. */
  refusedBy: ReadonlySet<string>;
  /** An event came while it was tried: it may fit now. */
  movedMeanwhile: boolean;
}

const backoffMs = { first: 1_000, max: 10_000 };
/** Pods that nothing woke are tried again after this long, for the case that an event was missed. */
const maxUnschedulableMs = 5 * 60_000;

/**
 * Pods that wait for a node, by priority and then by age. One that fits nowhere waits until something in the cluster
 * changes that may matter to it, and at least through a backoff that grows with its attempts.
 */
export class SchedulingQueue {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #active = new Set<string>();
  readonly #timers = new Map<string, Timer>();
  #waiter: ((pod: QueuedPod | undefined) => void) | undefined;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Sizes of the parts, for metrics. */
  get sizes(): Readonly<Record<'active' | 'backoff' | 'unschedulable' | 'gated', number>> {
    const sizes = { active: 0, backoff: 0, unschedulable: 0, gated: 0 };
    for (const { place, pod } of this.#entries.values()) {
      if (isGated(pod)) sizes.gated += 1;
      else if (place !== 'inFlight') sizes[place] += 1;
    }
    return sizes;
  }

  /** A new pod without a node, or a new state of one. Changes of its spec may make it fit, so it is tried at once. */
  set(pod: ReadonlyPod): void {
    const uid = pod.metadata.uid!;
    const known = this.#entries.get(uid);
    if (!known) {
      const entry: Entry = {
        pod,
        attempts: 0,
        addedMs: this.#clock.monotonicMs(),
        place: 'unschedulable',
        refusedBy: new Set(),
        movedMeanwhile: false,
      };
      this.#entries.set(uid, entry);
      if (!isGated(pod)) this.#activate(uid, entry);
      return;
    }
    const isNews =
      known.pod.metadata.generation !== pod.metadata.generation ||
      isGated(known.pod) !== isGated(pod) ||
      !sameLabels(known.pod, pod);
    const entry = { ...known, pod };
    this.#entries.set(uid, entry);
    if (isNews && entry.place === 'unschedulable' && !isGated(pod)) this.#activate(uid, entry);
  }

  /** It has a node, is finished or is gone. */
  delete(uid: string): void {
    this.#timers.get(uid)?.cancel();
    this.#timers.delete(uid);
    this.#active.delete(uid);
    this.#entries.delete(uid);
  }

  /** The pod to try next; waits for one. Undefined once the queue is closed. Call `done` or `failed` for it afterwards. */
  async next(): Promise<QueuedPod | undefined> {
    if (this.#isClosed) return undefined;
    const uid = this.#first();
    if (uid !== undefined) return this.#take(uid);
    return new Promise((resolve) => {
      this.#waiter = resolve;
    });
  }

  /** It fits nowhere now. */
  failed(uid: string, refusedBy: ReadonlySet<string>): void {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    entry.refusedBy = refusedBy;
    if (entry.movedMeanwhile || refusedBy.size === 0) return this.#backOff(uid, entry);
    entry.place = 'unschedulable';
    this.#timers.set(
      uid,
      this.#clock.after(maxUnschedulableMs, () => this.#activate(uid, entry)),
    );
  }

  /** Something changed that may let pods fit which `plugin` refused; undefined: that any plugin refused. */
  moveAll(plugins?: ReadonlySet<string>): void {
    for (const [uid, entry] of this.#entries) {
      if (entry.place === 'inFlight') entry.movedMeanwhile = true;
      if (entry.place !== 'unschedulable' || isGated(entry.pod)) continue;
      if (plugins && entry.refusedBy.size > 0 && ![...entry.refusedBy].some((plugin) => plugins.has(plugin))) continue;
      this.#backOff(uid, entry);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#waiter?.(undefined);
    this.#waiter = undefined;
  }

  #backOff(uid: string, entry: Entry): void {
    this.#timers.get(uid)?.cancel();
    entry.place = 'backoff';
    const waitMs = Math.min(backoffMs.max, backoffMs.first * 2 ** Math.max(0, entry.attempts - 1));
    this.#timers.set(
      uid,
      this.#clock.after(waitMs, () => this.#activate(uid, this.#entries.get(uid))),
    );
  }

  #activate(uid: string, entry: Entry | undefined): void {
    this.#timers.get(uid)?.cancel();
    this.#timers.delete(uid);
    if (!entry || !this.#entries.has(uid) || isGated(entry.pod)) return;
    entry.place = 'active';
    this.#entries.set(uid, entry);
    this.#active.add(uid);
    if (!this.#waiter) return;
    const give = this.#waiter;
    this.#waiter = undefined;
    give(this.#take(uid));
  }

  #first(): string | undefined {
    let first: string | undefined;
    for (const uid of this.#active) if (first === undefined || this.#isBefore(uid, first)) first = uid;
    return first;
  }

  #isBefore(a: string, b: string): boolean {
    const [left, right] = [this.#entries.get(a)!, this.#entries.get(b)!];
    const byPriority = (right.pod.spec?.priority ?? 0) - (left.pod.spec?.priority ?? 0);
    return byPriority === 0 ? left.addedMs < right.addedMs : byPriority < 0;
  }

  #take(uid: string): QueuedPod {
    this.#active.delete(uid);
    const taken: Entry = { ...this.#entries.get(uid)!, place: 'inFlight', movedMeanwhile: false };
    const counted = { ...taken, attempts: taken.attempts + 1 };
    this.#entries.set(uid, counted);
    return counted;
  }
}

function isGated(pod: ReadonlyPod): boolean {
  return (pod.spec?.schedulingGates?.length ?? 0) > 0;
}

function sameLabels(a: ReadonlyPod, b: ReadonlyPod): boolean {
  return JSON.stringify(a.metadata.labels) === JSON.stringify(b.metadata.labels);
}
