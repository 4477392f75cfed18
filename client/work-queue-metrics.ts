import type { Deps } from '../component/deps.ts';
import { counter, exponentialBuckets, gauge, histogram } from '../component/metrics.ts';

export interface QueueMetrics {
  added(key: string): void;
  depth(depth: number): void;
  /** The key was given out; `depth` keys still wait. */
  started(key: string, depth: number): void;
  finished(key: string): void;
  retried(): void;
}

/** client-go's metrics of a queue, by its name. */
export function createQueueMetrics(name: string, deps: Pick<Deps, 'clock' | 'metrics'>): QueueMetrics {
  const { clock, metrics } = deps;
  const labelNames = ['name'] as const;
  const buckets = exponentialBuckets(1e-8, 10, 10);
  const depth = gauge(metrics, { name: 'workqueue_depth', help: 'Current depth of workqueue', labelNames });
  const adds = counter(metrics, {
    name: 'workqueue_adds_total',
    help: 'Total number of adds handled by workqueue',
    labelNames,
  });
  const waited = histogram(metrics, {
    name: 'workqueue_queue_duration_seconds',
    help: 'How long in seconds an item stays in workqueue before being requested.',
    labelNames,
    buckets,
  });
  const worked = histogram(metrics, {
    name: 'workqueue_work_duration_seconds',
    help: 'How long in seconds processing an item from workqueue takes.',
    labelNames,
    buckets,
  });
  const retries = counter(metrics, {
    name: 'workqueue_retries_total',
    help: 'Total number of retries handled by workqueue',
    labelNames,
  });
  const unfinished = gauge(metrics, {
    name: 'workqueue_unfinished_work_seconds',
    help: "How many seconds of work has been done that is in progress and hasn't been observed by work_duration.",
    labelNames,
  });
  const longest = gauge(metrics, {
    name: 'workqueue_longest_running_processor_seconds',
    help: 'How many seconds has the longest running processor for workqueue been running.',
    labelNames,
  });
  const addedAt = new Map<string, number>();
  const startedAt = new Map<string, number>();
  depth.set({ name }, 0);
  adds.inc({ name }, 0);
  retries.inc({ name }, 0);
  const seconds = (since: number): number => (clock.monotonicMs() - since) / 1000;
  const showRunning = (): void => {
    const all = [...startedAt.values()].map(seconds);
    unfinished.set(
      { name },
      all.reduce((sum, one) => sum + one, 0),
    );
    longest.set({ name }, Math.max(0, ...all));
  };
  return {
    added: (key) => {
      adds.inc({ name });
      addedAt.set(key, clock.monotonicMs());
    },
    depth: (value) => depth.set({ name }, value),
    started: (key, value) => {
      depth.set({ name }, value);
      const since = addedAt.get(key);
      addedAt.delete(key);
      if (since !== undefined) waited.observe({ name }, seconds(since));
      startedAt.set(key, clock.monotonicMs());
    },
    finished: (key) => {
      const since = startedAt.get(key);
      startedAt.delete(key);
      if (since !== undefined) worked.observe({ name }, seconds(since));
      showRunning();
    },
    retried: () => retries.inc({ name }),
  };
}
