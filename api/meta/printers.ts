import { humanDuration } from './duration.ts';

/** What a cell says where there is nothing, nothing known, nothing set. */
export const none = '<none>';
export const unknown = '<unknown>';
export const unset = '<unset>';

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
