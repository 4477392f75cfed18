import Table from 'cli-table3';
import type { TargetResults } from './benchmark.ts';
import type { Measurement } from './measurement.ts';

const columns: readonly { readonly title: string; readonly cell: (measurement: Measurement) => string }[] = [
  { title: 'count', cell: ({ count }) => String(count) },
  { title: 'per s', cell: ({ perSecond }) => number(perSecond) },
  { title: 'p50 ms', cell: ({ p50Ms }) => number(p50Ms) },
  { title: 'p99 ms', cell: ({ p99Ms }) => number(p99Ms) },
  { title: 'max ms', cell: ({ maxMs }) => number(maxMs) },
  { title: 'MB/s', cell: ({ megabytesPerSecond }) => number(megabytesPerSecond) },
  { title: 'RSS peak MB', cell: ({ usage }) => (usage ? number(usage.peakRssBytes / 1e6) : '') },
  { title: 'CPU s', cell: ({ usage }) => (usage ? number(usage.cpuSeconds) : '') },
  { title: 'failed', cell: ({ failed }) => (failed ? String(failed) : '') },
];

/** One table a target, what went wrong below it, and where there are two the first as a ratio to the second. */
export function formatReport(all: readonly TargetResults[]): string {
  const parts = all.map(formatTarget);
  const [first, second] = all;
  if (first && second) parts.push(formatRatios(first, second));
  return parts.join('\n\n');
}

function formatTarget({ target, version, protocol, results }: TargetResults): string {
  const rows = results.map(({ scenario, measurement }) => [scenario, ...columns.map(({ cell }) => cell(measurement))]);
  const failures = results.flatMap(({ scenario, measurement }) =>
    measurement.firstFailure === undefined ? [] : [`${scenario}: ${measurement.firstFailure}`],
  );
  const table = makeTable(['scenario', ...columns.map(({ title }) => title)], rows);
  return [`${target} ${version}, ${protocol}`, table, ...failures].join('\n');
}

function formatRatios(first: TargetResults, second: TargetResults): string {
  const ratios = ratiosOf(first, second);
  const rows = ratios.map(({ scenario, ...ratio }) => [
    scenario,
    times(ratio.perSecond),
    times(ratio.p50Ms),
    times(ratio.p99Ms),
    times(ratio.peakRssBytes),
    times(ratio.cpuSeconds),
  ]);
  const titles = ['scenario', 'per s', 'p50', 'p99', 'RSS peak', 'CPU'];
  return [`${first.target} against ${second.target}`, makeTable(titles, rows)].join('\n');
}

export interface Ratio {
  readonly scenario: string;
  readonly perSecond: number | undefined;
  readonly p50Ms: number | undefined;
  readonly p99Ms: number | undefined;
  readonly peakRssBytes: number | undefined;
  readonly cpuSeconds: number | undefined;
}

/** Figures of the first as a multiple of the second's; more is better only for operations per second. */
export function ratiosOf(first: TargetResults, second: TargetResults): Ratio[] {
  const others = new Map(second.results.map((result) => [result.scenario, result.measurement]));
  return first.results.flatMap(({ scenario, measurement }) => {
    const other = others.get(scenario);
    if (!other) return [];
    return {
      scenario,
      perSecond: ratio(measurement.perSecond, other.perSecond),
      p50Ms: ratio(measurement.p50Ms, other.p50Ms),
      p99Ms: ratio(measurement.p99Ms, other.p99Ms),
      peakRssBytes: ratio(measurement.usage?.peakRssBytes, other.usage?.peakRssBytes),
      cpuSeconds: ratio(measurement.usage?.cpuSeconds, other.usage?.cpuSeconds),
    };
  });
}

const ratio = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined || !b ? undefined : a / b;

const times = (value: number | undefined): string => (value === undefined ? '' : `× ${value.toPrecision(3)}`);

function makeTable(head: string[], rows: string[][]): string {
  const colAligns = head.map((_, i) => (i === 0 ? ('left' as const) : ('right' as const)));
  const table = new Table({ head, colAligns, style: { head: [], border: [], compact: true } });
  table.push(...rows);
  return table.toString();
}

/** Three digits that count, and no more after the point than a table bears. */
function number(value: number): string {
  if (value >= 100) return Math.round(value).toString();
  return value.toFixed(value >= 10 ? 1 : 2);
}
