import type { Deps } from '../component/deps.ts';
import { counter, histogram } from '../component/metrics.ts';

/** client-go's metrics of what a process asks the API server. */
export function createRequestMetrics(
  deps: Pick<Deps, 'metrics'>,
  url: string,
): { observe(verb: string, method: string, code: string, durationMs: number): void } {
  const host = url.replace(/^[a-z-]+:\/\//, '');
  const total = counter(deps.metrics, {
    name: 'rest_client_requests_total',
    help: 'Number of HTTP requests, partitioned by status code, method, and host.',
    labelNames: ['code', 'method', 'host'],
  });
  const duration = histogram(deps.metrics, {
    name: 'rest_client_request_duration_seconds',
    help: 'Request latency in seconds. Broken down by verb, and host.',
    labelNames: ['verb', 'host'],
    buckets: [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60],
  });
  return {
    observe: (verb, method, code, durationMs) => {
      total.inc({ code, method, host });
      duration.observe({ verb, host }, durationMs / 1000);
    },
  };
}
