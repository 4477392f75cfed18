import { Counter, Gauge, Histogram, type Metric, type Registry } from 'prom-client';

interface MetricOptions<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly L[];
}

/**
 * The metric of that name in the registry, made at the first call: several queues or informers of one component share
 * one metric and differ by labels.
 */
export function counter<L extends string = never>(registry: Registry, options: MetricOptions<L>): Counter<L> {
  const known = registry.getSingleMetric(options.name) as Counter<L> | undefined;
  return known ?? new Counter({ ...options, labelNames: options.labelNames ?? [], registers: [registry] });
}

/** As `counter`. `collect` is called before each scrape, for values that are cheaper to read then than to keep. */
export function gauge<L extends string = never>(
  registry: Registry,
  options: MetricOptions<L> & { readonly collect?: (this: Gauge<L>) => void },
): Gauge<L> {
  const known = registry.getSingleMetric(options.name) as Gauge<L> | undefined;
  return known ?? new Gauge({ ...options, labelNames: options.labelNames ?? [], registers: [registry] });
}

/** As `counter`; buckets are in the unit the name says. */
export function histogram<L extends string = never>(
  registry: Registry,
  options: MetricOptions<L> & { readonly buckets: readonly number[] },
): Histogram<L> {
  const known = registry.getSingleMetric(options.name) as Histogram<L> | undefined;
  return (
    known ??
    new Histogram({
      ...options,
      buckets: [...options.buckets],
      labelNames: options.labelNames ?? [],
      registers: [registry],
    })
  );
}

/** One line of a metric. `suffix`: what its name ends in, for the lines of a histogram. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly suffix?: '_bucket' | '_sum' | '_count';
}

/** A metric that keeps nothing: `read` is asked at each scrape, for what is counted as plain numbers on hot paths. */
export function collectedMetric(
  registry: Registry,
  options: MetricOptions<never> & { readonly type: 'counter' | 'gauge' | 'histogram' },
  read: () => readonly Sample[],
): void {
  const { name, help, type } = options;
  const get = (): Promise<object> =>
    Promise.resolve({
      name,
      help,
      type,
      aggregator: 'sum',
      values: read().map(({ labels, value, suffix = '' }) => ({ labels, value, metricName: name + suffix })),
    });
  registry.registerMetric({ name, help, type, get, reset: () => {} } as unknown as Metric);
}

/** `count` bounds, each `factor` times the one before, as upstream's `ExponentialBuckets`. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start * factor ** i);
}
