import type { CacheEvent } from './cache-entry.ts';

export interface EventRingLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
}

/**
 * The recent changes of one resource, bounded by count and by the bytes that only it keeps alive (superseded values).
 * Answers "what came after revision R" for as long as nothing after R was dropped.
 */
export class EventRing {
  #events: CacheEvent[] = [];
  #head = 0;
  #bytes = 0;
  /** Every change after this revision is still here. */
  #completeAfter: number;
  readonly #maxEvents: number;
  readonly #maxBytes: number;

  constructor(completeAfter: number, limits: EventRingLimits) {
    this.#completeAfter = completeAfter;
    this.#maxEvents = limits.maxEvents;
    this.#maxBytes = limits.maxBytes;
  }

  get completeAfter(): number {
    return this.#completeAfter;
  }

  get size(): number {
    return this.#events.length - this.#head;
  }

  push(event: CacheEvent): void {
    this.#events.push(event);
    this.#bytes += costBytes(event);
    while (this.size > this.#maxEvents || (this.#bytes > this.#maxBytes && this.size > 1)) this.#drop();
  }

  /** The changes after the revision in order; undefined where some of them were dropped. */
  after(revision: number): CacheEvent[] | undefined {
    if (revision < this.#completeAfter) return undefined;
    let low = this.#head;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#events[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }

  /** Drops all, and answers only for what comes after the revision. */
  reset(completeAfter: number): void {
    this.#events = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#completeAfter = completeAfter;
  }

  #drop(): void {
    const event = this.#events[this.#head]!;
    this.#events[this.#head] = undefined as unknown as CacheEvent;
    this.#head++;
    this.#bytes -= costBytes(event);
    this.#completeAfter = event.revision;
    if (this.#head >= 1024 && this.#head * 2 >= this.#events.length) {
      this.#events = this.#events.slice(this.#head);
      this.#head = 0;
    }
  }
}

/** About what an event keeps alive that would be gone without it. A superseded state costs more than its bytes. */
function costBytes({ previous }: CacheEvent): number {
  return previous ? 1000 + previous.value.length : 120;
}
