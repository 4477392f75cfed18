import { counter, exponentialBuckets, gauge, histogram } from '../component/metrics.ts';
import type { Deps } from '../component/deps.ts';
import type { SchedulingQueue } from './queue/scheduling-queue.ts';

export type SchedulerMetrics = ReturnType<typeof createSchedulerMetrics>;

/** The scheduler's metrics under upstream's names. */
export function createSchedulerMetrics({ metrics }: Pick<Deps, 'metrics'>, queue: SchedulingQueue) {
  gauge(metrics, {
    name: 'scheduler_pending_pods',
    help: "Number of pending pods, by the queue type. 'active' means number of pods in activeQ; 'backoff' means number of pods in backoffQ; 'unschedulable' means number of pods in unschedulablePods that the scheduler attempted to schedule and failed; 'gated' is the number of unschedulable pods that the scheduler never attempted to schedule because they are gated.",
    labelNames: ['queue'],
    collect() {
      for (const [part, size] of Object.entries(queue.sizes)) this.set({ queue: part }, size);
    },
  });
  return {
    attempts: counter(metrics, {
      name: 'scheduler_schedule_attempts_total',
      help: "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.",
      labelNames: ['result', 'profile'],
    }),
    attemptSeconds: histogram(metrics, {
      name: 'scheduler_scheduling_attempt_duration_seconds',
      help: 'Scheduling attempt latency in seconds (scheduling algorithm + binding)',
      labelNames: ['result', 'profile'],
      buckets: exponentialBuckets(0.001, 2, 15),
    }),
    algorithmSeconds: histogram(metrics, {
      name: 'scheduler_scheduling_algorithm_duration_seconds',
      help: 'Scheduling algorithm latency in seconds',
      buckets: exponentialBuckets(0.0001, 2, 15),
    }),
    podSeconds: histogram(metrics, {
      name: 'scheduler_pod_scheduling_sli_duration_seconds',
      help: 'E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue and might involve multiple scheduling attempts.',
      labelNames: ['attempts'],
      buckets: exponentialBuckets(0.01, 2, 20),
    }),
  };
}
