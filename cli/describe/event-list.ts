import { none, timeSince, unknown } from '../../api/meta/printers.ts';
import type { Event } from '../../api/schema/generated/core-v1.ts';

/** `Events:`, the oldest first. */
export function eventRows(events: readonly Event[], nowMs: number): string[] {
  if (events.length === 0) return [`Events:\t${none}`];
  return [
    'Events:',
    '  Type\tReason\tAge\tFrom\tMessage',
    '  ----\t------\t----\t----\t-------',
    ...[...events]
      .sort((a, b) => lastMs(a) - lastMs(b))
      .map((event) => {
        const { type = '', reason = '', message = '', source, reportingComponent = '' } = event;
        const from = source?.component || reportingComponent;
        return `  ${type}\t${reason}\t${ageOf(event, nowMs)}\t${from}\t${message.trim()}`;
      }),
  ];
}

function lastMs({ series, lastTimestamp, eventTime, firstTimestamp }: Event): number {
  return Date.parse(series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? '') || 0;
}

/** How long ago, and where it happened more than once, how often since when. */
function ageOf(event: Event, nowMs: number): string {
  const first = event.firstTimestamp ?? event.eventTime;
  const since = first ? timeSince(first, nowMs) : unknown;
  const count = event.series?.count ?? event.count ?? 1;
  if (count <= 1) return since;
  return `${timeSince(event.series?.lastObservedTime ?? event.lastTimestamp, nowMs)} (x${count} over ${since})`;
}
