/**
 * Fills a metric anew whenever it is asked for, from counts kept elsewhere: counting an event then costs an addition,
 * not the look-up of its labels. prom-client calls `collect` before it reads a metric.
 */
export function collectWith(metric: { reset(): void }, fill: () => void): void {
  Object.assign(metric, {
    collect: () => {
      metric.reset();
      fill();
    },
  });
}
