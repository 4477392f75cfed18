/** What a cell says where there is nothing, nothing known, nothing set. */
export const none = '<none>';
export const unknown = '<unknown>';
export const unset = '<unset>';

/**
 * A duration in the two most telling units, as `k8s.io/apimachinery/pkg/util/duration.HumanDuration` writes it: `90s`,
 * `5m30s`, `3h5m`, `2d4h`, `3y20d`. More than a second before zero is `<invalid>`.
 */
export function humanDuration(durationMs: number): string {
  const seconds = Math.trunc(durationMs / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return twoUnits(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return twoUnits(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 24 * 8) return twoUnits(days, 'd', hours % 24, 'h');
  if (hours < 24 * 365 * 2) return `${days}d`;
  const years = Math.trunc(days / 365);
  if (hours < 24 * 365 * 8) return twoUnits(years, 'y', days % 365, 'd');
  return `${years}y`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}

/** How long ago an RFC 3339 time was; `<unknown>` where there is none. */
export function timeSince(timestamp: string | null | undefined, nowMs: number): string {
  return timestamp ? humanDuration(nowMs - Date.parse(timestamp)) : unknown;
}

/** Labels as `a=b,c=d` sorted by key, or `<none>`. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? none : pairs.sort().join(',');
}

/** The first `max` of `list`, and how many more of `total` there are: `a,b,c + 2 more...`. */
export function listWithMore(list: readonly string[], max: number, separator = ',', total = list.length): string {
  const shown = list.slice(0, max).join(separator);
  return list.length > max ? `${shown} + ${total - max} more...` : shown;
}
