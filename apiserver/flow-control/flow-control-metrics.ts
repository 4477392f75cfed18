import type { Registry } from 'prom-client';
import { collectedMetric, type Sample } from '../../component/metrics.ts';
import { samplesOf } from '../../component/tally.ts';
import type { FlowController, PriorityLevel } from './flow-controller.ts';
import { rejectReasons, type FlowStatistics } from './flow-statistics.ts';

const prefix = 'apiserver_flowcontrol_';

/** Upstream's metrics of priority and fairness, without those that sample every nanosecond. */
export function registerFlowControlMetrics(registry: Registry, controller: FlowController): void {
  const ofFlows = (
    type: 'counter' | 'gauge' | 'histogram',
    name: string,
    help: string,
    read: (flow: FlowStatistics, labels: Labels) => readonly Sample[],
  ): void =>
    collectedMetric(registry, { type, name: prefix + name, help }, () =>
      [...controller.statistics].flatMap((flow) =>
        read(flow, { priority_level: flow.priorityLevel, flow_schema: flow.flowSchema }),
      ),
    );
  const number =
    (read: (flow: FlowStatistics) => number) =>
    (flow: FlowStatistics, labels: Labels): Sample[] => [{ labels, value: read(flow) }];
  const ofLevels = (name: string, help: string, read: (level: PriorityLevel) => number): void =>
    collectedMetric(registry, { type: 'gauge', name: prefix + name, help }, () =>
      [...controller.levels].map((level) => ({ labels: { priority_level: level.name }, value: read(level) })),
    );

  ofFlows(
    'counter',
    'rejected_requests_total',
    'Number of requests rejected by API Priority and Fairness subsystem',
    ({ rejected }, labels) =>
      rejectReasons.flatMap((reason) =>
        rejected[reason] > 0 ? [{ labels: { ...labels, reason }, value: rejected[reason] }] : [],
      ),
  );
  ofFlows(
    'counter',
    'dispatched_requests_total',
    'Number of requests executed by API Priority and Fairness subsystem',
    number(({ dispatched }) => dispatched),
  );
  ofFlows(
    'counter',
    'request_dispatch_no_accommodation_total',
    'Number of times a dispatch attempt resulted in a non accommodation due to lack of available seats',
    number(({ noAccommodation }) => noAccommodation),
  );
  ofFlows(
    'gauge',
    'current_inqueue_requests',
    'Number of requests currently pending in queues of the API Priority and Fairness subsystem',
    number(({ inQueue }) => inQueue),
  );
  ofFlows(
    'gauge',
    'current_inqueue_seats',
    'Number of seats currently pending in queues of the API Priority and Fairness subsystem',
    number(({ seatsInQueue }) => seatsInQueue),
  );
  ofFlows(
    'gauge',
    'current_executing_requests',
    'Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem',
    number(({ executing }) => executing),
  );
  ofFlows(
    'gauge',
    'current_executing_seats',
    'Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem',
    number(({ seatsInUse }) => seatsInUse),
  );
  ofFlows(
    'histogram',
    'request_queue_length_after_enqueue',
    'Length of queue in the API Priority and Fairness subsystem, as seen by each request after it is enqueued',
    ({ queueLength }, labels) => samplesOf(queueLength, labels),
  );
  ofFlows(
    'histogram',
    'work_estimated_seats',
    'Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority and Fairness',
    ({ estimatedSeats }, labels) => samplesOf(estimatedSeats, labels),
  );
  ofFlows(
    'histogram',
    'watch_count_samples',
    'count of watchers for mutating requests in API Priority and Fairness',
    ({ watchCount }, labels) => samplesOf(watchCount, labels),
  );
  ofFlows(
    'histogram',
    'request_wait_duration_seconds',
    'Length of time a request spent waiting in its queue',
    ({ waitSeconds }, labels) =>
      (['true', 'false'] as const).flatMap((execute) => samplesOf(waitSeconds[execute], { ...labels, execute })),
  );
  ofFlows(
    'histogram',
    'request_execution_seconds',
    'Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem',
    ({ executionSeconds }, labels) =>
      (['regular', 'watch'] as const).flatMap((type) => samplesOf(executionSeconds[type], { ...labels, type })),
  );

  ofLevels(
    'nominal_limit_seats',
    'Nominal number of execution seats configured for each priority level',
    (l) => l.limits.nominal,
  );
  ofLevels(
    'lower_limit_seats',
    'Configured lower bound on number of execution seats available to each priority level',
    (l) => l.limits.lower,
  );
  ofLevels(
    'upper_limit_seats',
    'Configured upper bound on number of execution seats available to each priority level',
    (l) => l.limits.upper,
  );
  ofLevels(
    'current_limit_seats',
    'current derived number of execution seats available to each priority level',
    (l) => l.currentLimit,
  );
  ofLevels('target_seats', 'Seat allocation targets', (l) => l.target);
  ofLevels(
    'demand_seats_high_watermark',
    'High watermark, over last adjustment period, of demand_seats',
    (l) => l.statistics.highWatermark,
  );
  ofLevels(
    'demand_seats_average',
    'Time-weighted average, over last adjustment period, of demand_seats',
    (l) => l.statistics.average,
  );
  ofLevels(
    'demand_seats_stdev',
    'Time-weighted standard deviation, over last adjustment period, of demand_seats',
    (l) => l.statistics.standardDeviation,
  );
  ofLevels('demand_seats_smoothed', 'Smoothed seat demands', (l) => l.statistics.smoothed);
  ofLevels('current_r', 'R(time of last change)', (l) => l.set.virtualTime / 1000);
  collectedMetric(
    registry,
    {
      type: 'gauge',
      name: `${prefix}seat_fair_frac`,
      help: "Fair fraction of server's concurrency to allocate to each priority level that can use it",
    },
    () => [{ labels: {}, value: controller.fairFraction }],
  );
}

type Labels = Readonly<Record<string, string>>;
