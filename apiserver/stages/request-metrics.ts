import type { Deps } from '../../component/deps.ts';
import { counter, gauge, histogram } from '../../component/metrics.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import type { RequestInfo } from './request-info.ts';

export interface RequestMetrics {
  /** Begins a request; what it returns is to be called with the answer, and passes it on. */
  start(request: ApiRequest, info: RequestInfo): (response: ApiResponse) => ApiResponse;
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE']);
const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

/**
 * Counts requests under upstream's names. Labels are bound: what a client may make up (unknown resources, methods) is
 * counted as `other`.
 */
export function createRequestMetrics(
  { metrics, clock }: Pick<Deps, 'metrics' | 'clock'>,
  isKnown: (info: RequestInfo) => boolean,
): RequestMetrics {
  const total = counter(metrics, {
    name: 'apiserver_request_total',
    help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
    labelNames: ['verb', 'dry_run', 'group', 'version', 'resource', 'subresource', 'scope', 'component', 'code'],
  });
  const duration = histogram(metrics, {
    name: 'apiserver_request_duration_seconds',
    help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
    labelNames: ['verb', 'dry_run', 'group', 'version', 'resource', 'subresource', 'scope', 'component'],
    buckets: durationBuckets,
  });
  const inflight = gauge(metrics, {
    name: 'apiserver_current_inflight_requests',
    help: 'Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
    labelNames: ['request_kind'],
  });
  const longRunning = gauge(metrics, {
    name: 'apiserver_longrunning_requests',
    help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.',
    labelNames: ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'],
  });

  return {
    start: (request, info) => {
      const known = info.isResource && isKnown(info);
      const verb = verbOf(request, info);
      const group = known ? info.group : '';
      const version = known ? info.version : '';
      const resource = known ? info.resource : '';
      const subresource = known ? info.subresource : '';
      const scope = known ? (info.name ? 'resource' : info.namespace ? 'namespace' : 'cluster') : '';
      const isWatch = verb === 'WATCH';
      const kind = { request_kind: isMutating(verb) ? 'mutating' : 'readOnly' };
      const startMs = clock.monotonicMs();
      if (!isWatch) inflight.inc(kind);
      return (response) => {
        const labels = { verb, dry_run: '', group, version, resource, subresource, scope, component: 'apiserver' };
        total.inc({ ...labels, code: String(response.status) });
        if (!isWatch) {
          inflight.dec(kind);
          duration.observe(labels, (clock.monotonicMs() - startMs) / 1000);
          return response;
        }
        if (response.body.kind !== 'stream') return response;
        const { write } = response.body;
        const { dry_run: _dryRun, ...gaugeLabels } = labels;
        return {
          ...response,
          body: {
            kind: 'stream',
            write: async (sink, signal) => {
              longRunning.inc(gaugeLabels);
              try {
                await write(sink, signal);
              } finally {
                longRunning.dec(gaugeLabels);
              }
            },
          },
        };
      };
    },
  };
}

function verbOf(request: ApiRequest, info: RequestInfo): string {
  if (info.isResource && (info.verb === 'list' || info.verb === 'watch')) return info.verb.toUpperCase();
  return methods.has(request.method) ? request.method : 'OTHER';
}

function isMutating(verb: string): boolean {
  return verb === 'POST' || verb === 'PUT' || verb === 'PATCH' || verb === 'DELETE';
}
