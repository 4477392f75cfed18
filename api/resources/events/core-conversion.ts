/** The two versions of an event say the same under different names; the core one is what is stored. */
import type { Event as CoreEvent } from '../../schema/generated/core-v1.ts';
import type { Event } from '../../schema/generated/events-v1.ts';

/** Upstream writes these also where there is none. */
type Times = Pick<CoreEvent, 'eventTime' | 'firstTimestamp' | 'lastTimestamp'>;

/** The core event of an events.k8s.io event; the two share what they hold. */
export function toCoreEvent(event: Event): CoreEvent {
  const times = {
    eventTime: event.eventTime ?? null,
    firstTimestamp: event.deprecatedFirstTimestamp ?? null,
    lastTimestamp: event.deprecatedLastTimestamp ?? null,
  } as Times;
  return {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: event.metadata,
    involvedObject: event.regarding ?? {},
    reason: event.reason,
    message: event.note,
    source: event.deprecatedSource ?? {},
    ...times,
    count: event.deprecatedCount,
    type: event.type,
    series: event.series,
    action: event.action,
    related: event.related,
    reportingComponent: event.reportingController ?? '',
    reportingInstance: event.reportingInstance ?? '',
  };
}

/** The events.k8s.io event of a core event. */
export function fromCoreEvent(event: CoreEvent): Event {
  const times = {
    eventTime: event.eventTime ?? null,
    deprecatedFirstTimestamp: event.firstTimestamp ?? null,
    deprecatedLastTimestamp: event.lastTimestamp ?? null,
  } as Pick<Event, 'eventTime' | 'deprecatedFirstTimestamp' | 'deprecatedLastTimestamp'>;
  return {
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    metadata: event.metadata,
    ...times,
    series: event.series as Event['series'],
    reportingController: event.reportingComponent || undefined,
    reportingInstance: event.reportingInstance || undefined,
    action: event.action,
    reason: event.reason,
    regarding: event.involvedObject,
    related: event.related,
    note: event.message,
    type: event.type,
    deprecatedSource: event.source,
    deprecatedCount: event.count,
  };
}
