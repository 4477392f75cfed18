import Table from 'cli-table3';
import type { Guards } from './guards.ts';
import type { Round } from './loaded-server.ts';

/** Rounds of one kind of pod at both servers. */
export interface Comparison {
  readonly pods: string;
  readonly rounds: Readonly<Record<Guards, readonly Round[]>>;
}

/** The middle one, or the mean of the two in the middle; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

/**
 * How much fewer creates a second there are with all guards than with none, 0.1 is a tenth: the median over the rounds, each
 * against its neighbour, since the machine and the compiler change both from round to round more than guards do.
 */
export function fallOf({ rounds: { all, none } }: Comparison): number {
  return 1 - median(all.map(({ perSecond }, i) => perSecond / none[i]!.perSecond));
}

/** A row for each server and kind of pod, and below it how far creates fell. */
export function formatReport(comparisons: readonly Comparison[]): string {
  const head = ['pods', 'RBAC and admission', 'creates per s', 'least', 'most', 'CPU µs a create'];
  const colAligns = head.map((_, i) => (i < 2 ? ('left' as const) : ('right' as const)));
  const table = new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
  for (const { pods, rounds } of comparisons) {
    for (const guards of ['all', 'none'] as const) {
      const rates = rounds[guards].map(({ perSecond }) => perSecond);
      const cpu = median(rounds[guards].map(({ cpuMicroseconds }) => cpuMicroseconds));
      const numbers = [median(rates), Math.min(...rates), Math.max(...rates), cpu].map((value) => value.toFixed(0));
      table.push([pods, guards, ...numbers]);
    }
  }
  const falls = comparisons.map(
    (comparison) => `${comparison.pods}: ${(fallOf(comparison) * 100).toFixed(1)} % fewer creates a second with all on`,
  );
  return [table.toString(), ...falls].join('\n');
}
