import type { Registry } from 'prom-client';
import { counter, histogram } from '../../../component/metrics.ts';
import { collectWith } from '../collect-with.ts';
import { resourcePrefixOf, type ResourceNames } from '../keys.ts';

/** Names as upstream has them. */
export type Operation = 'get' | 'list' | 'create' | 'update' | 'delete' | 'getCurrentResourceVersion' | 'compact';

const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];
const labelNames = ['operation', 'group', 'resource'] as const;

interface Tracker {
  readonly labels: { readonly operation: string; readonly group: string; readonly resource: string };
  readonly observe: (seconds: number) => void;
  requests: number;
  errors: number;
}

/** Upstream's metrics of requests to etcd. Counters are read off when they are asked for. */
export class StorageMetrics {
  readonly #namesOf: ResourceNames;
  readonly #duration;
  readonly #trackers = new Map<Operation, Map<string, Tracker>>();

  constructor(registry: Registry, namesOf: ResourceNames) {
    this.#namesOf = namesOf;
    this.#duration = histogram(registry, {
      name: 'etcd_request_duration_seconds',
      help: 'Etcd request latency in seconds for each operation and object type.',
      labelNames,
      buckets: durationBuckets,
    });
    const requests = counter(registry, {
      name: 'etcd_requests_total',
      help: 'Etcd request counts for each operation and object type.',
      labelNames,
    });
    const errors = counter(registry, {
      name: 'etcd_request_errors_total',
      help: 'Etcd failed request counts for each operation and object type.',
      labelNames,
    });
    collectWith(requests, () => {
      for (const tracker of this.#all()) requests.inc(tracker.labels, tracker.requests);
    });
    collectWith(errors, () => {
      for (const tracker of this.#all()) if (tracker.errors > 0) errors.inc(tracker.labels, tracker.errors);
    });
  }

  record(operation: Operation, key: string, seconds: number, failed: boolean): void {
    const tracker = this.#tracker(operation, resourcePrefixOf(key));
    tracker.observe(seconds);
    tracker.requests++;
    if (failed) tracker.errors++;
  }

  #tracker(operation: Operation, prefix: string): Tracker {
    let ofOperation = this.#trackers.get(operation);
    if (!ofOperation) this.#trackers.set(operation, (ofOperation = new Map()));
    let tracker = ofOperation.get(prefix);
    if (!tracker) {
      const labels = { operation, ...this.#namesOf(prefix) };
      const duration = this.#duration.labels(labels);
      tracker = { labels, observe: (seconds) => duration.observe(seconds), requests: 0, errors: 0 };
      ofOperation.set(prefix, tracker);
    }
    return tracker;
  }

  *#all(): Iterable<Tracker> {
    for (const ofOperation of this.#trackers.values()) yield* ofOperation.values();
  }
}
