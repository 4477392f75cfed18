import type { Deps } from '../../component/deps.ts';
import { collectedMetric, gauge } from '../../component/metrics.ts';
import { samplesOf, Tally } from '../../component/tally.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import type { RequestInfo } from './request-info.ts';

export interface RequestMetrics {
  /** Begins a request; what it returns is to be called with the answer, and passes it on. */
  start(request: ApiRequest, info: RequestInfo): (response: ApiResponse) => ApiResponse;
}

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT']);
const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

/** What is counted of requests that differ in nothing a label tells. */
class Series {
  readonly labels: SeriesLabels;
  readonly byCode = new Map<number, number>();
  readonly duration = new Tally(durationBuckets);

  constructor(labels: SeriesLabels) {
    this.labels = labels;
  }
}

type SeriesLabels = Readonly<
  Record<'verb' | 'dry_run' | 'group' | 'version' | 'resource' | 'subresource' | 'scope', string>
>;

/**
 * Counts requests under upstream's names. Labels are bound: what a client may make up (unknown resources, methods) is
 * counted as `other`.
 */
export function createRequestMetrics(
  { metrics, clock }: Pick<Deps, 'metrics' | 'clock'>,
  isKnown: (info: RequestInfo) => boolean,
): RequestMetrics {
  const known = new Map<string, Series>();
  const unknown = new Map<string, Series>();
  const all = (): Series[] => [...known.values(), ...unknown.values()];
  const constant = { component: 'apiserver' };
  collectedMetric(
    metrics,
    {
      type: 'counter',
      name: 'apiserver_request_total',
      help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
    },
    () =>
      all().flatMap(({ labels, byCode }) =>
        [...byCode].map(([code, value]) => ({ labels: { ...labels, ...constant, code }, value })),
      ),
  );
  collectedMetric(
    metrics,
    {
      type: 'histogram',
      name: 'apiserver_request_duration_seconds',
      help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
    },
    () => all().flatMap(({ labels, duration }) => samplesOf(duration, { ...labels, ...constant })),
  );
  const inFlight = { readOnly: new Watermark(), mutating: new Watermark() };
  collectedMetric(
    metrics,
    {
      type: 'gauge',
      name: 'apiserver_current_inflight_requests',
      help: 'Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
    },
    () =>
      (['readOnly', 'mutating'] as const).map((kind) => ({
        labels: { request_kind: kind },
        value: inFlight[kind].read(clock.monotonicMs()),
      })),
  );
  const longRunning = gauge(metrics, {
    name: 'apiserver_longrunning_requests',
    help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.',
    labelNames: ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'],
  });

  const seriesOf = (info: RequestInfo, verb: string, dryRun: string): Series => {
    const scope = info.name || info.verb === 'create' ? 'resource' : info.namespace ? 'namespace' : 'cluster';
    const key = `${verb} ${info.group}/${info.version}/${info.resource}/${info.subresource} ${scope} ${dryRun}`;
    const found = info.isResource ? known.get(key) : unknown.get(verb);
    if (found) return found;
    const isOurs = info.isResource && isKnown(info);
    const { group, version, resource, subresource } = isOurs ? info : nowhere;
    const place = { group, version, resource, subresource };
    if (!isOurs)
      return unknown.get(verb) ?? setAndGet(unknown, verb, new Series({ verb, dry_run: '', ...place, scope: '' }));
    return setAndGet(known, key, new Series({ verb, dry_run: dryRun, ...place, scope }));
  };

  return {
    start: (request, info) => {
      const verb = verbOf(request, info);
      const series = seriesOf(info, verb, dryRunOf(request));
      const isLongRunning = verb === 'WATCH' || verb === 'CONNECT';
      const watermark = isMutating(verb) ? inFlight.mutating : inFlight.readOnly;
      const startMs = clock.monotonicMs();
      const observe = (): void => series.duration.observe((clock.monotonicMs() - startMs) / 1000);
      if (!isLongRunning) watermark.enter(startMs);
      return (response) => {
        series.byCode.set(response.status, (series.byCode.get(response.status) ?? 0) + 1);
        if (!isLongRunning) watermark.leave();
        if (!isLongRunning || response.body.kind !== 'stream') {
          observe();
          return response;
        }
        const { body } = response;
        const { dry_run: _dryRun, ...place } = series.labels;
        const labels = { ...place, component: 'apiserver' };
        return {
          ...response,
          body: {
            ...body,
            write: async (sink, signal) => {
              longRunning.inc(labels);
              try {
                await body.write(sink, signal);
              } finally {
                longRunning.dec(labels);
                observe();
              }
            },
          },
        };
      };
    },
  };
}

const nowhere = { group: '', version: '', resource: '', subresource: '' };

function setAndGet(map: Map<string, Series>, key: string, series: Series): Series {
  map.set(key, series);
  return series;
}

const watermarkMs = 1000;

/** The most at a time within the last second. */
class Watermark {
  #current = 0;
  #highest = 0;
  #previous = 0;
  #sinceMs = 0;

  enter(nowMs: number): void {
    this.#turn(nowMs);
    if (++this.#current > this.#highest) this.#highest = this.#current;
  }

  leave(): void {
    this.#current--;
  }

  read(nowMs: number): number {
    this.#turn(nowMs);
    return Math.max(this.#previous, this.#highest);
  }

  #turn(nowMs: number): void {
    const elapsedMs = nowMs - this.#sinceMs;
    if (elapsedMs < watermarkMs) return;
    this.#previous = elapsedMs < 2 * watermarkMs ? this.#highest : this.#current;
    this.#highest = this.#current;
    this.#sinceMs = nowMs;
  }
}

/** Subresources that stay open as long as the client wants. */
const connectSubresources = new Set(['log', 'exec', 'attach', 'portforward', 'proxy']);

function verbOf(request: ApiRequest, info: RequestInfo): string {
  if (info.isResource) {
    if (info.verb === 'list' || info.verb === 'watch') return info.verb.toUpperCase();
    if (connectSubresources.has(info.subresource)) return 'CONNECT';
    if (info.verb === 'patch' && request.headers['content-type'] === 'application/apply-patch+yaml') return 'APPLY';
  }
  if (request.method === 'HEAD') return 'GET';
  return methods.has(request.method) ? request.method : 'other';
}

/** `All`, the only one there is; empty where it is no dry run. */
function dryRunOf({ query }: ApiRequest): string {
  if (query.size === 0) return '';
  const values = query.getAll('dryRun');
  return values.length === 0 ? '' : values.every((value) => value === 'All') ? 'All' : 'invalid';
}

function isMutating(verb: string): boolean {
  return verb === 'POST' || verb === 'PUT' || verb === 'PATCH' || verb === 'APPLY' || verb === 'DELETE';
}
