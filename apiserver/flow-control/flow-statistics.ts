import { Tally } from '../../component/tally.ts';

const queueLengths = [0, 10, 25, 50, 100, 250, 500, 1000];
const durationSeconds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const watchCounts = [0, 1, 10, 100, 1000, 10_000];
const seats = [1, 2, 4, 10];

export const rejectReasons = ['concurrency-limit', 'queue-full', 'time-out', 'cancelled'] as const;
export type RejectReason = (typeof rejectReasons)[number];

/** What happened to the requests of one flow schema at one priority level: plain numbers, read when metrics are. */
export class FlowStatistics {
  readonly priorityLevel: string;
  readonly flowSchema: string;
  dispatched = 0;
  inQueue = 0;
  seatsInQueue = 0;
  executing = 0;
  seatsInUse = 0;
  /** Times that the request next in turn had to wait for seats. */
  noAccommodation = 0;
  readonly rejected: Record<RejectReason, number> = {
    'concurrency-limit': 0,
    'queue-full': 0,
    'time-out': 0,
    cancelled: 0,
  };
  readonly queueLength = new Tally(queueLengths);
  readonly estimatedSeats = new Tally(seats);
  readonly watchCount = new Tally(watchCounts);
  readonly waitSeconds = { true: new Tally(durationSeconds), false: new Tally(durationSeconds) };
  readonly executionSeconds = { regular: new Tally(durationSeconds), watch: new Tally(durationSeconds) };

  constructor(priorityLevel: string, flowSchema: string) {
    this.priorityLevel = priorityLevel;
    this.flowSchema = flowSchema;
  }
}
