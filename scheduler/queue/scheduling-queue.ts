import type { Clock, Timer } from '../../component/clock.ts';
import type { ReadonlyPod } from '../framework/readonly-pod.ts';
import { Heap } from './heap.ts';

export interface QueuedPod {
  readonly pod: ReadonlyPod;
  readonly attempts: number;
  /** When it was first queued; among pods of one priority the oldest goes first. Milliseconds, monotonic. */
  readonly addedMs: number;
}

type Place = 'active' | 'backoff' | 'unschedulable' | 'inFlight';

interface Entry {
  readonly uid: string;
  pod: ReadonlyPod;
  attempts: number;
  readonly addedMs: number;
  /** Tells apart what was queued within one tick of the clock. */
  readonly order: number;
  place: Place;
  /** Plugins that refused it; empty: any event may help. */
  refusedBy: ReadonlySet<string>;
  /** Something happened while it was tried: it may fit now. */
  movedMeanwhile: boolean;
  timer: Timer | undefined;
}

/** A place in the heap; void once the entry has been taken or deleted, or its priority has changed. */
interface Ticket {
  readonly entry: Entry;
  readonly priority: number;
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
  /** Those that an event may move: unschedulable and in flight. */
  readonly #waitForEvents = new Set<Entry>();
  readonly #active = new Heap<Ticket>(isBefore);
  readonly #tickets = new Map<string, Ticket>();
  #order = 0;
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

  has(uid: string): boolean {
    return this.#entries.has(uid);
  }

  /** A new pod without a node, or a new state of one. Changes of its spec may make it fit, so it is tried at once. */
  set(pod: ReadonlyPod): void {
    const uid = pod.metadata.uid!;
    const known = this.#entries.get(uid);
    if (!known) {
      const entry: Entry = {
        uid,
        pod,
        attempts: 0,
        addedMs: this.#clock.monotonicMs(),
        order: this.#order++,
        place: 'unschedulable',
        refusedBy: new Set(),
        movedMeanwhile: false,
        timer: undefined,
      };
      this.#entries.set(uid, entry);
      this.#waitForEvents.add(entry);
      this.#activate(entry);
      return;
    }
    const isNews =
      known.pod.metadata.generation !== pod.metadata.generation ||
      isGated(known.pod) !== isGated(pod) ||
      !sameLabels(known.pod, pod);
    known.pod = pod;
    if (!isNews) return;
    if (known.place === 'inFlight') known.movedMeanwhile = true;
    else if (known.place === 'unschedulable') this.#activate(known);
    else if (known.place === 'active') this.#enqueue(known); // its priority may be another
  }

  /** It has a node, is finished or is gone. */
  delete(uid: string): void {
    const entry = this.#entries.get(uid);
    if (!entry) return;
    entry.timer?.cancel();
    this.#tickets.delete(uid);
    this.#waitForEvents.delete(entry);
    this.#entries.delete(uid);
  }

  /** The pod to try next; waits for one. Undefined once the queue is closed. Call `delete` or `failed` for it afterwards. */
  async next(): Promise<QueuedPod | undefined> {
    if (this.#isClosed) return undefined;
    return (
      this.#take() ??
      new Promise((resolve) => {
        this.#waiter = resolve;
      })
    );
  }

  /** It fits nowhere now. Without plugins it is not their fault, and only time is needed. */
  failed(uid: string, refusedBy: ReadonlySet<string>): void {
    const entry = this.#entries.get(uid);
    if (!entry || this.#isClosed) return;
    entry.refusedBy = refusedBy;
    if (entry.movedMeanwhile || refusedBy.size === 0) return this.#backOff(entry);
    entry.place = 'unschedulable';
    this.#waitForEvents.add(entry);
    entry.timer?.cancel();
    entry.timer = this.#clock.after(maxUnschedulableMs, () => this.#activate(entry));
  }

  /** Something changed that may let pods fit which one of the plugins refused; undefined: whichever refused. */
  moveAll(plugins?: ReadonlySet<string>): void {
    for (const entry of this.#waitForEvents) {
      if (entry.place === 'inFlight') entry.movedMeanwhile = true;
      else if (!isGated(entry.pod) && concerns(entry, plugins)) this.#backOff(entry);
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const { timer } of this.#entries.values()) timer?.cancel();
    this.#waiter?.(undefined);
    this.#waiter = undefined;
  }

  #backOff(entry: Entry): void {
    entry.timer?.cancel();
    entry.place = 'backoff';
    this.#waitForEvents.delete(entry);
    const waitMs = Math.min(backoffMs.max, backoffMs.first * 2 ** Math.max(0, entry.attempts - 1));
    entry.timer = this.#clock.after(waitMs, () => this.#activate(entry));
  }

  #activate(entry: Entry): void {
    if (isGated(entry.pod)) return;
    entry.timer?.cancel();
    entry.timer = undefined;
    entry.place = 'active';
    this.#waitForEvents.delete(entry);
    this.#enqueue(entry);
    if (!this.#waiter) return;
    const give = this.#waiter;
    this.#waiter = undefined;
    give(this.#take());
  }

  #enqueue(entry: Entry): void {
    const ticket = { entry, priority: entry.pod.spec?.priority ?? 0 };
    this.#tickets.set(entry.uid, ticket);
    this.#active.push(ticket);
  }

  #take(): QueuedPod | undefined {
    for (let ticket = this.#active.pop(); ticket; ticket = this.#active.pop()) {
      const { entry } = ticket;
      if (this.#tickets.get(entry.uid) !== ticket) continue;
      this.#tickets.delete(entry.uid);
      if (isGated(entry.pod)) {
        entry.place = 'unschedulable';
        continue;
      }
      entry.place = 'inFlight';
      entry.movedMeanwhile = false;
      entry.attempts += 1;
      this.#waitForEvents.add(entry);
      return { pod: entry.pod, attempts: entry.attempts, addedMs: entry.addedMs };
    }
    return undefined;
  }
}

function isBefore(a: Ticket, b: Ticket): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  if (a.entry.addedMs !== b.entry.addedMs) return a.entry.addedMs < b.entry.addedMs;
  return a.entry.order < b.entry.order;
}

function concerns({ refusedBy }: Entry, plugins: ReadonlySet<string> | undefined): boolean {
  if (!plugins || refusedBy.size === 0) return true;
  for (const plugin of refusedBy) if (plugins.has(plugin)) return true;
  return false;
}

function isGated(pod: ReadonlyPod): boolean {
  return (pod.spec?.schedulingGates?.length ?? 0) > 0;
}

function sameLabels(a: ReadonlyPod, b: ReadonlyPod): boolean {
  return JSON.stringify(a.metadata.labels) === JSON.stringify(b.metadata.labels);
}
