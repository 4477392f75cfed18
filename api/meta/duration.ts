/** Durations as Go writes and reads them (`1h15m30.918s`) and as kubectl shows ages (`5d3h`). */

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** 64 bits of nanoseconds. */
const longestMs = 2 ** 63 / 1e6;

/** Milliseconds of a Go duration; throws with Go's message. */
export function parseDuration(text: string): number {
  const invalid = (): never => {
    throw new Error(`time: invalid duration ${JSON.stringify(text)}`);
  };
  const signed = /^[+-]?/.exec(text)![0];
  let rest = text.slice(signed.length);
  if (rest === '0') return 0;
  if (rest === '') invalid();
  let total = 0;
  while (rest !== '') {
    const part = /^(\d*)(?:\.(\d*))?([^\d.]*)/.exec(rest)!;
    const [all, whole = '', fraction = '', unit = ''] = part;
    if (whole === '' && fraction === '') invalid();
    if (unit === '') throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`);
    if (!Object.hasOwn(unitMs, unit))
      throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    total += Number(`${whole || '0'}.${fraction || '0'}`) * unitMs[unit]!;
    rest = rest.slice(all.length);
  }
  if (total > longestMs) invalid();
  return signed === '-' ? -total : total;
}

/** Go's text of a duration: `1h15m30.5s`, `250ms`, `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const sign = ms < 0 ? '-' : '';
  const magnitude = Math.abs(ms);
  if (magnitude < 1000) {
    if (magnitude >= 1) return `${sign}${trim(magnitude)}ms`;
    if (magnitude >= 1e-3) return `${sign}${trim(magnitude * 1e3)}µs`;
    return `${sign}${Math.round(magnitude * 1e6)}ns`;
  }
  const hours = Math.floor(magnitude / 3_600_000);
  const minutes = Math.floor((magnitude % 3_600_000) / 60_000);
  const seconds = trim((magnitude % 60_000) / 1000);
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}s`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}s` : `${sign}${seconds}s`;
}

const trim = (value: number): string => String(Number(value.toFixed(9)));

/**
 * An age in the two most telling units, as `k8s.io/apimachinery/pkg/util/duration.HumanDuration` writes it: `90s`,
 * `5m30s`, `3h5m`, `2d4h`, `3y20d`. More than a second before zero is `<invalid>`.
 */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return joined(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return joined(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  if (hours < 192) return joined(Math.trunc(hours / 24), 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24)}d`;
  const years = Math.trunc(hours / 24 / 365);
  return hours < 24 * 365 * 8 ? joined(years, 'y', Math.trunc(hours / 24) % 365, 'd') : `${years}y`;
}

const joined = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
