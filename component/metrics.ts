import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

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

/** `count` bounds, each `factor` times the one before, as upstream's `ExponentialBuckets`. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start * factor ** i);
}
