import type { Clock } from '../../component/clock.ts';
import type { FlowStatistics, RejectReason } from './flow-statistics.ts';
import type { SeatDemand } from './seat-demand.ts';
import type { WorkEstimate } from './work-estimate.ts';

export type Decision = 'execute' | RejectReason;

/** How a priority level limits. Exempt levels count and never hold up; without queues what does not fit is rejected. */
export interface QueueSetConfig {
  readonly isExempt: boolean;
  readonly queuing?: {
    readonly queues: number;
    readonly handSize: number;
    readonly queueLengthLimit: number;
  };
}

/** A request's way through a queue set. One object from its arrival until its seats are free again. */
export class FlowRequest {
  readonly statistics: FlowStatistics;
  readonly isWatch: boolean;
  initialSeats: number;
  finalSeats: number;
  additionalMs: number;
  queue: Queue | undefined;
  arrivalMs = 0;
  arrivalR = 0;
  startMs = 0;
  /** Told once, where the request had to wait. */
  decide: ((decision: Decision) => void) | undefined;

  constructor(statistics: FlowStatistics, work: WorkEstimate, isWatch: boolean) {
    this.statistics = statistics;
    this.isWatch = isWatch;
    this.initialSeats = work.initialSeats;
    this.finalSeats = work.finalSeats;
    this.additionalMs = work.additionalMs;
  }

  get seats(): number {
    return this.finalSeats > this.initialSeats ? this.finalSeats : this.initialSeats;
  }

  /** In seat-milliseconds; how long it runs is guessed until it has. */
  get work(): number {
    return this.initialSeats * guessedServiceMs + this.finalSeats * this.additionalMs;
  }
}

/** What a request is thought to take while it runs. The guess is put right when it ends. */
const guessedServiceMs = 3;

export class Queue {
  /** Oldest first. */
  readonly waiting = new Set<FlowRequest>();
  waitingWork = 0;
  executing = 0;
  seatsInUse = 0;
  /** The virtual time at which its next request starts. */
  nextDispatchR = 0;

  get isActive(): boolean {
    return this.executing > 0 || this.waiting.size > 0;
  }

  oldest(): FlowRequest | undefined {
    return this.waiting.size === 0 ? undefined : this.waiting.values().next().value;
  }
}

/**
 * Fair queueing for server requests (KEP-1040). Each queue gets an equal part of the level's seats over time: virtual time
 * R is the work, in seat-milliseconds, that a queue which always had something to do would have got so far; next is whose
 * request would end first in virtual time.
 */
export class FairQueueSet {
  readonly #clock: Pick<Clock, 'monotonicMs' | 'after'>;
  readonly #demand: SeatDemand;
  #config: QueueSetConfig = { isExempt: false };
  #limit = 0;
  #queues: Queue[] = [];
  #activeQueues = 0;
  #r = 0;
  #syncedMs: number;
  #robin = 0;
  #arrivals = 0;
  waiting = 0;
  executing = 0;
  seatsInUse = 0;
  seatsWaiting = 0;

  constructor(clock: Pick<Clock, 'monotonicMs' | 'after'>, demand: SeatDemand) {
    this.#clock = clock;
    this.#demand = demand;
    this.#syncedMs = clock.monotonicMs();
  }

  get isIdle(): boolean {
    return this.waiting === 0 && this.executing === 0;
  }

  get queues(): readonly Queue[] {
    return this.#queues;
  }

  get virtualTime(): number {
    return this.#r;
  }

  /** Takes effect at once; queues too many are used up by what waits in them. */
  configure(config: QueueSetConfig, concurrencyLimit: number): void {
    this.#sync();
    this.#config = config;
    this.#limit = concurrencyLimit;
    const wanted = config.queuing?.queues ?? 0;
    while (this.#queues.length < wanted) this.#queues.push(new Queue());
    for (let at = this.#queues.length - 1; at >= wanted; at--) this.#dropIfSpare(this.#queues[at]!);
    this.#dispatch();
  }

  /**
   * Begins a request: it may run, is rejected, or waits, and then `decide` is told. `hand`: the queues its flow may use.
   * What runs is to be ended by `finish`.
   */
  start(request: FlowRequest, hand: readonly number[]): Decision | 'wait' {
    this.#sync();
    request.arrivalMs = this.#syncedMs;
    request.arrivalR = this.#r;
    const { queuing } = this.#config;
    if (!queuing) {
      if (!this.#fits(request.seats)) return this.#reject(request, 'concurrency-limit');
      this.#execute(request);
      return 'execute';
    }
    const queue = this.#leastLoaded(hand);
    if (this.seatsInUse >= this.#limit && queue.waiting.size >= queuing.queueLengthLimit)
      return this.#reject(request, 'queue-full');
    request.queue = queue;
    if (!queue.isActive) {
      queue.nextDispatchR = this.#r;
      this.#activeQueues++;
    }
    if (this.waiting === 0 && this.seatsInUse < this.#limit && this.#fits(request.seats)) {
      // Nobody is before it: what enqueueing and choosing would come to.
      request.statistics.queueLength.observe(1);
      bound(queue, request);
      this.#execute(request);
      return 'execute';
    }
    this.#enqueue(request, queue);
    request.statistics.queueLength.observe(queue.waiting.size);
    bound(queue, queue.oldest());
    this.#dispatch();
    return queue.waiting.has(request) ? 'wait' : 'execute';
  }

  /** Takes a request that still waits out of its queue; false where it was decided on already. */
  eject(request: FlowRequest, reason: 'time-out' | 'cancelled'): boolean {
    const { queue } = request;
    if (!queue?.waiting.has(request)) return false;
    this.#sync();
    this.#dequeue(request, queue);
    if (!queue.isActive) this.#activeQueues--;
    bound(queue, queue.oldest());
    this.#noteDemand();
    this.#reject(request, reason);
    this.#dispatch();
    return true;
  }

  /** The request has run. Its seats are free now, or once watchers have been told of what it did. */
  finish(request: FlowRequest): void {
    this.#sync();
    const { queue, statistics } = request;
    const ranMs = this.#syncedMs - request.startMs;
    this.executing--;
    statistics.executing--;
    statistics.executionSeconds[request.isWatch ? 'watch' : 'regular'].observe(ranMs / 1000);
    if (queue) {
      queue.executing--;
      if (!queue.isActive) this.#activeQueues--;
      queue.nextDispatchR -= request.initialSeats * (guessedServiceMs - ranMs);
      bound(queue, queue.oldest());
    }
    if (request.additionalMs > 0) {
      this.#clock.after(request.additionalMs, () => {
        this.#sync();
        this.#release(request);
      });
    } else this.#release(request);
  }

  #release(request: FlowRequest): void {
    const { queue, seats, statistics } = request;
    this.seatsInUse -= seats;
    statistics.seatsInUse -= seats;
    if (queue) {
      queue.seatsInUse -= seats;
      this.#dropIfSpare(queue);
    }
    this.#noteDemand();
    this.#dispatch();
  }

  /** Time has passed with things as they are: virtual time goes on as fast as each active queue was served. */
  #sync(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#activeQueues > 0) {
      const seats = Math.min(this.seatsInUse + this.seatsWaiting, this.#limit);
      this.#r += ((nowMs - this.#syncedMs) * seats) / this.#activeQueues;
    }
    this.#syncedMs = nowMs;
  }

  /** Of the hand the queue with the least work waiting; which is looked at first changes, so that none is preferred. */
  #leastLoaded(hand: readonly number[]): Queue {
    const offset = this.#arrivals++ % hand.length;
    let best: Queue | undefined;
    for (let i = 0; i < hand.length; i++) {
      const queue = this.#queues[hand[(offset + i) % hand.length]!]!;
      if (!best || queue.waitingWork < best.waitingWork) best = queue;
    }
    return best!;
  }

  #enqueue(request: FlowRequest, queue: Queue): void {
    queue.waiting.add(request);
    queue.waitingWork += request.work;
    this.waiting++;
    this.seatsWaiting += request.seats;
    request.statistics.inQueue++;
    request.statistics.seatsInQueue += request.seats;
    this.#noteDemand();
  }

  #dequeue(request: FlowRequest, queue: Queue): void {
    queue.waiting.delete(request);
    queue.waitingWork = queue.waiting.size === 0 ? 0 : queue.waitingWork - request.work;
    this.waiting--;
    this.seatsWaiting -= request.seats;
    request.statistics.inQueue--;
    request.statistics.seatsInQueue -= request.seats;
  }

  #dispatch(): void {
    while (this.waiting > 0 && this.seatsInUse < this.#limit) {
      const queue = this.#nextQueue();
      const request = queue.oldest()!;
      if (!this.#fits(request.seats)) {
        request.statistics.noAccommodation++;
        return;
      }
      this.#dequeue(request, queue);
      this.#execute(request);
      bound(queue, queue.oldest());
      request.decide?.('execute');
    }
  }

  /** The queue whose oldest request ends first in virtual time; of equals the one after the last that was served. */
  #nextQueue(): Queue {
    const count = this.#queues.length;
    let best = -1;
    let soonest = Infinity;
    for (let i = 1; i <= count; i++) {
      const at = (this.#robin + i) % count;
      const queue = this.#queues[at]!;
      const oldest = queue.oldest();
      if (!oldest) continue;
      const finishR = queue.nextDispatchR + oldest.work;
      if (finishR >= soonest) continue;
      soonest = finishR;
      best = at;
    }
    if (this.#fits(this.#queues[best]!.oldest()!.seats)) this.#robin = best;
    return this.#queues[best]!;
  }

  #execute(request: FlowRequest): void {
    const { queue, statistics } = request;
    if (request.finalSeats > this.#limit && !this.#config.isExempt && this.#limit > 0) {
      request.additionalMs *= request.finalSeats / this.#limit;
      request.finalSeats = this.#limit;
    }
    const { seats } = request;
    request.startMs = this.#syncedMs;
    this.executing++;
    this.seatsInUse += seats;
    statistics.dispatched++;
    statistics.executing++;
    statistics.seatsInUse += seats;
    statistics.estimatedSeats.observe(seats);
    if (!this.#config.isExempt) statistics.waitSeconds.true.observe((this.#syncedMs - request.arrivalMs) / 1000);
    if (queue) {
      queue.executing++;
      queue.seatsInUse += seats;
      queue.nextDispatchR += request.work;
    }
    this.#noteDemand();
  }

  #reject(request: FlowRequest, reason: RejectReason): RejectReason {
    const { statistics } = request;
    statistics.rejected[reason]++;
    statistics.waitSeconds.false.observe((this.#syncedMs - request.arrivalMs) / 1000);
    return reason;
  }

  /** What asks for more seats than there are gets them when it is alone. */
  #fits(seats: number): boolean {
    if (this.#config.isExempt) return true;
    if (seats > this.#limit) return this.executing === 0;
    return this.seatsInUse + seats <= this.#limit;
  }

  #dropIfSpare(queue: Queue): void {
    if (this.#queues.length <= (this.#config.queuing?.queues ?? 0) || queue.isActive) return;
    const at = this.#queues.indexOf(queue);
    if (at < 0) return;
    this.#queues.splice(at, 1);
    if (this.#robin >= at && this.#robin > 0) this.#robin--;
  }

  #noteDemand(): void {
    this.#demand.set(this.seatsInUse + this.seatsWaiting, this.#syncedMs);
  }
}

/** A queue that cannot use its part saves nothing up: no request starts before it came, not even in virtual time. */
function bound(queue: Queue, oldest: FlowRequest | undefined): void {
  if (oldest && queue.nextDispatchR < oldest.arrivalR) queue.nextDispatchR = oldest.arrivalR;
}
