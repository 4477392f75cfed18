import type { Registry } from 'prom-client';
import { counter, histogram } from '../../../component/metrics.ts';
import { resourceOfPrefix, resourcePrefixOf } from '../keys.ts';

/** Names as upstream has them. */
export type Operation = 'get' | 'list' | 'create' | 'update' | 'delete' | 'getCurrentResourceVersion' | 'compact';

const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const labelNames = ['operation', 'group', 'resource'] as const;

interface Tracker {
  observe(seconds: number): void;
  count(): void;
  countError(): void;
}

/** Upstream's metrics of requests to etcd. */
export class StorageMetrics {
  readonly #duration;
  readonly #requests;
  readonly #errors;
  readonly #trackers = new Map<string, Tracker>();

  constructor(registry: Registry) {
    this.#duration = histogram(registry, {
      name: 'etcd_request_duration_seconds',
      help: 'Etcd request latency in seconds for each operation and object type.',
      labelNames,
      buckets: durationBuckets,
    });
    this.#requests = counter(registry, {
      name: 'etcd_requests_total',
      help: 'Etcd request counts for each operation and object type.',
      labelNames,
    });
    this.#errors = counter(registry, {
      name: 'etcd_request_errors_total',
      help: 'Etcd failed request counts for each operation and object type.',
      labelNames,
    });
  }

  record(operation: Operation, key: string, seconds: number, failed: boolean): void {
    const tracker = this.#tracker(operation, key);
    tracker.observe(seconds);
    tracker.count();
    if (failed) tracker.countError();
  }

  #tracker(operation: Operation, key: string): Tracker {
    const prefix = resourcePrefixOf(key);
    const id = operation + prefix;
    let tracker = this.#trackers.get(id);
    if (!tracker) {
      const { group, resource } = resourceOfPrefix(prefix);
      const duration = this.#duration.labels({ operation, group, resource });
      const requests = this.#requests.labels({ operation, group, resource });
      const errors = this.#errors.labels({ operation, group, resource });
      tracker = {
        observe: (seconds) => duration.observe(seconds),
        count: () => requests.inc(),
        countError: () => errors.inc(),
      };
      this.#trackers.set(id, tracker);
    }
    return tracker;
  }
}
