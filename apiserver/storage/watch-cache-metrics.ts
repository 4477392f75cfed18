import type { Registry } from 'prom-client';
import { counter, gauge } from '../../component/metrics.ts';
import { collectWith } from './collect-with.ts';
import type { CacheBucket } from './cache-bucket.ts';
import type { ResourceNames } from './keys.ts';

const labelNames = ['group', 'resource'] as const;

export interface WatchCacheFacts {
  readonly buckets: Iterable<CacheBucket>;
  readonly revision: number;
  readonly initializations: number;
  readonly capacity: number;
}

/** Upstream's metrics of the watch cache, read off when they are asked for, so that taking events in pays nothing. */
export function registerWatchCacheMetrics(
  registry: Registry,
  namesOf: ResourceNames,
  read: () => WatchCacheFacts,
): void {
  const metrics = [
    {
      metric: counter(registry, {
        name: 'apiserver_watch_cache_events_received_total',
        help: 'Counter of events received in watch cache broken by resource type.',
        labelNames,
      }),
      value: (bucket: CacheBucket) => bucket.received,
    },
    {
      metric: counter(registry, {
        name: 'apiserver_watch_cache_events_dispatched_total',
        help: 'Counter of events dispatched in watch cache broken by resource type.',
        labelNames,
      }),
      value: (bucket: CacheBucket) => bucket.dispatched,
    },
    {
      metric: counter(registry, {
        name: 'apiserver_watch_cache_initializations_total',
        help: 'Counter of watch cache initializations broken by resource type.',
        labelNames,
      }),
      value: (_: CacheBucket, facts: WatchCacheFacts) => facts.initializations,
    },
    {
      metric: gauge(registry, {
        name: 'apiserver_watch_cache_resource_version',
        help: 'Current resource version of watch cache broken by resource type.',
        labelNames,
      }),
      value: (_: CacheBucket, facts: WatchCacheFacts) => facts.revision,
    },
    {
      metric: gauge(registry, {
        name: 'watch_cache_capacity',
        help: 'Total capacity of watch cache broken by resource type.',
        labelNames,
      }),
      value: (_: CacheBucket, facts: WatchCacheFacts) => facts.capacity,
    },
    {
      metric: gauge(registry, {
        name: 'apiserver_resource_objects',
        help: 'Number of stored objects at the time of last check split by kind.',
        labelNames,
      }),
      value: (bucket: CacheBucket) => bucket.entries.size,
    },
  ];
  for (const { metric, value } of metrics) {
    collectWith(metric, () => {
      const facts = read();
      for (const bucket of facts.buckets) metric.inc(namesOf(bucket.prefix), value(bucket, facts));
    });
  }
  const objects = gauge(registry, {
    name: 'apiserver_storage_objects',
    help: '[DEPRECATED, consider using apiserver_resource_objects instead] Number of stored objects at the time of last check split by kind.',
    labelNames: ['resource'],
  });
  collectWith(objects, () => {
    for (const bucket of read().buckets) {
      const { group, resource } = namesOf(bucket.prefix);
      objects.inc({ resource: group ? `${resource}.${group}` : resource }, bucket.entries.size);
    }
  });
}
