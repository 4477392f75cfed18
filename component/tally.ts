import type { Sample } from './metrics.ts';

/** Counts values by size as a Prometheus histogram does, without labels to look up: cheap enough for every request. */
export class Tally {
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[];
  /** How many values were within each bound and above the one before; the last is what is above all. */
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let at = 0;
    while (at < this.bounds.length && value > this.bounds[at]!) at++;
    this.counts[at]!++;
    this.sum += value;
    this.count++;
  }
}

/** The lines of a histogram under these labels; none where nothing was counted. */
export function samplesOf(tally: Tally, labels: Sample['labels']): Sample[] {
  if (tally.count === 0) return [];
  let below = 0;
  const buckets = tally.counts.map((count, at): Sample => {
    below += count;
    return { labels: { ...labels, le: tally.bounds[at] ?? '+Inf' }, value: below, suffix: '_bucket' };
  });
  return [...buckets, { labels, value: tally.sum, suffix: '_sum' }, { labels, value: tally.count, suffix: '_count' }];
}
