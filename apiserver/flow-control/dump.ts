import type { FlowController, PriorityLevel } from './flow-controller.ts';
import type { FlowStatistics, RejectReason } from './flow-statistics.ts';

/** Path → its text as of now. */
export type FlowControlDump = ReadonlyMap<string, () => string>;

/** Upstream's debug endpoints, as comma separated values with a line of names. */
export function dumpFlowControl(controller: FlowController): FlowControlDump {
  return new Map([
    ['/debug/api_priority_and_fairness/dump_priority_levels', () => dumpLevels(controller)],
    ['/debug/api_priority_and_fairness/dump_queues', () => dumpQueues(controller)],
  ]);
}

function dumpLevels(controller: FlowController): string {
  const flows = [...controller.statistics];
  return table(
    'PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, ExecutingRequests, DispatchedRequests, RejectedRequests, TimedoutRequests, CancelledRequests',
    byName(controller).map(({ name, set, isQuiescing }) => {
      const own = flows.filter(({ priorityLevel }) => priorityLevel === name);
      const sum = (read: (flow: FlowStatistics) => number): number =>
        own.reduce((total, flow) => total + read(flow), 0);
      const rejected = (...reasons: RejectReason[]): number =>
        sum((flow) => reasons.reduce((total, reason) => total + flow.rejected[reason], 0));
      return [
        name,
        set.queues.filter(({ isActive }) => isActive).length,
        set.isIdle,
        isQuiescing,
        set.waiting,
        set.executing,
        sum(({ dispatched }) => dispatched),
        rejected('queue-full', 'concurrency-limit'),
        rejected('time-out'),
        rejected('cancelled'),
      ];
    }),
  );
}

function dumpQueues(controller: FlowController): string {
  return table(
    'PriorityLevelName, Index, PendingRequests, ExecutingRequests, SeatsInUse, NextDispatchR, InitialSeatsSum, MaxSeatsSum, TotalWorkSum',
    byName(controller).flatMap(({ name, set }) =>
      set.queues.map((queue, index) => {
        const waiting = [...queue.waiting];
        return [
          name,
          index,
          waiting.length,
          queue.executing,
          queue.seatsInUse,
          seatSeconds(queue.nextDispatchR),
          waiting.reduce((total, { initialSeats }) => total + initialSeats, 0),
          waiting.reduce((total, { seats }) => total + seats, 0),
          seatSeconds(queue.waitingWork),
        ];
      }),
    ),
  );
}

function byName(controller: FlowController): PriorityLevel[] {
  return [...controller.levels].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function seatSeconds(seatMs: number): string {
  return `${(seatMs / 1000).toFixed(8)}ss`;
}

function table(head: string, rows: readonly (readonly (string | number | boolean)[])[]): string {
  return [head, ...rows.map((row) => row.join(', ')), ''].join('\n');
}
