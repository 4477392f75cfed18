import type { Event as CoreEvent, ObjectReference } from '../../schema/generated/core-v1.ts';
import type { Event } from '../../schema/generated/events-v1.ts';
import { timeSince } from '../../meta/printers.ts';
import { nameColumn } from '../columns.ts';
import { events } from '../core/event.ts';
import { fromCoreEvent, toCoreEvent } from './core-conversion.ts';
import { validateEventsV1Event, validateEventsV1EventUpdate } from '../core/event-validation.ts';
import { defineResource, type ResourceRow } from '../define-resource.ts';

export const eventsV1 = defineResource<Event>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.events.v1.Event',
  storagePrefix: 'events',
  defaultPropagation: 'Unsupported',
  storageVersionHash: 'r2yiGXH7wu8=',
  allowCreateOnUpdate: true,
  setDefaults: setEventDefaults,
  storedAs: {
    row: () => events as unknown as ResourceRow,
    toStored: toCoreEvent,
    fromStored: (stored) => fromCoreEvent(stored as CoreEvent),
  },
  validate: (event) => validateEventsV1Event(toCoreEvent(event)),
  validateUpdate: (next, old) => validateEventsV1EventUpdate(toCoreEvent(next), toCoreEvent(old)),
  columns: [
    {
      name: 'Last Seen',
      type: 'string',
      description: 'The time at which the most recent occurrence of this event was recorded.',
      cell: (event, nowMs) => timeSince(lastSeen(event), nowMs),
    },
    {
      name: 'Type',
      type: 'string',
      description: 'Type of this event (Normal, Warning), new types could be added in the future',
      cell: (event) => event.type ?? '',
    },
    {
      name: 'Reason',
      type: 'string',
      description:
        "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
      cell: (event) => event.reason ?? '',
    },
    {
      name: 'Object',
      type: 'string',
      description: 'The object that this event is about.',
      cell: (event) => formatObject(event.regarding),
    },
    {
      name: 'Subobject',
      type: 'string',
      priority: 1,
      description:
        'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
      cell: (event) => event.regarding?.fieldPath ?? '',
    },
    {
      name: 'Source',
      type: 'string',
      priority: 1,
      description: 'The component reporting this event. Should be a short machine understandable string.',
      cell: formatSource,
    },
    {
      name: 'Message',
      type: 'string',
      description: 'A human-readable description of the status of this operation.',
      cell: (event) => (event.note ?? '').trim(),
    },
    {
      name: 'First Seen',
      type: 'string',
      priority: 1,
      description: 'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
      cell: (event, nowMs) => timeSince(firstSeen(event), nowMs),
    },
    {
      name: 'Count',
      type: 'string',
      priority: 1,
      description: 'The number of times this event has occurred.',
      cell: (event) => (event.series ? event.series.count : event.deprecatedCount || 1),
    },
    {
      ...nameColumn,
      priority: 1,
    },
  ],
  selectableFields: {
    'regarding.kind': (event) => event.regarding?.kind ?? '',
    'regarding.namespace': (event) => event.regarding?.namespace ?? '',
    'regarding.name': (event) => event.regarding?.name ?? '',
    'regarding.uid': (event) => event.regarding?.uid ?? '',
    'regarding.apiVersion': (event) => event.regarding?.apiVersion ?? '',
    'regarding.resourceVersion': (event) => event.regarding?.resourceVersion ?? '',
    'regarding.fieldPath': (event) => event.regarding?.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingController: (event) => event.reportingController ?? '',
    type: (event) => event.type ?? '',
  },
});

/** When the first one happened: `eventTime` where the older field is not set. */
function firstSeen(event: Event): string | undefined {
  return event.deprecatedFirstTimestamp ?? event.eventTime;
}

function lastSeen(event: Event): string | undefined {
  return event.series ? event.series.lastObservedTime : (event.deprecatedLastTimestamp ?? firstSeen(event));
}

function formatObject({ kind = '', name }: ObjectReference = {}): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function formatSource(event: Event): string {
  const component = event.deprecatedSource?.component || event.reportingController || '';
  const instance = event.deprecatedSource?.host || event.reportingInstance;
  return instance ? `${component}, ${instance}` : component;
}

function setEventDefaults(event: Event): void {
  event.regarding ??= {};
  event.deprecatedSource ??= {};
  const times = event as {
    eventTime?: string | null;
    deprecatedFirstTimestamp?: string | null;
    deprecatedLastTimestamp?: string | null;
  };
  // Upstream writes these also where there is none.
  times.eventTime ??= null;
  times.deprecatedFirstTimestamp ??= null;
  times.deprecatedLastTimestamp ??= null;
}
