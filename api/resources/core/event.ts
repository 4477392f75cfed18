import type { Event, ObjectReference } from '../../schema/generated/core-v1.ts';
import { timeSince } from '../../meta/printers.ts';
import { nameColumn } from '../columns.ts';
import { nameIsPathSegment } from '../../meta/names.ts';
import { validateCoreEvent } from './event-validation.ts';
import { defineResource } from '../define-resource.ts';

export const events = defineResource<Event>({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.Event',
  storagePrefix: 'events',
  metadataRules: { anyFinalizer: true },
  defaultPropagation: 'Unsupported',
  storageVersionHash: 'r2yiGXH7wu8=',
  allowCreateOnUpdate: true,
  setDefaults: setEventDefaults,
  validateName: nameIsPathSegment,
  validate: validateCoreEvent,
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
      cell: (event) => formatObject(event.involvedObject),
    },
    {
      name: 'Subobject',
      type: 'string',
      priority: 1,
      description:
        'If referring to a piece of an object instead of an entire object, this string should contain a valid JSON/Go field access statement, such as desiredState.manifest.containers[2]. For example, if the object reference is to a container within a pod, this would take on a value like: "spec.containers{name}" (where "name" refers to the name of the container that triggered the event) or if no container name is specified "spec.containers[2]" (container with index 2 in this pod). This syntax is chosen only to have some well-defined way of referencing a part of an object.',
      cell: (event) => event.involvedObject.fieldPath ?? '',
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
      cell: (event) => (event.message ?? '').trim(),
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
      cell: (event) => (event.series ? (event.series.count ?? 0) : event.count || 1),
    },
    {
      ...nameColumn,
      priority: 1,
    },
  ],
  selectableFields: {
    'involvedObject.kind': (event) => event.involvedObject.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || event.reportingComponent || '',
    type: (event) => event.type ?? '',
  },
});

/** When the first one happened: `eventTime` where the older field is not set. */
function firstSeen(event: Event): string | undefined {
  return event.firstTimestamp ?? event.eventTime;
}

function lastSeen(event: Event): string | undefined {
  return event.series ? event.series.lastObservedTime : (event.lastTimestamp ?? firstSeen(event));
}

function formatObject({ kind = '', name }: ObjectReference): string {
  return name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();
}

function formatSource(event: Event): string {
  const component = event.source?.component || event.reportingComponent || '';
  const instance = event.source?.host || event.reportingInstance;
  return instance ? `${component}, ${instance}` : component;
}

function setEventDefaults(event: Event): void {
  event.involvedObject ??= {};
  event.source ??= {};
  event.reportingComponent ??= '';
  event.reportingInstance ??= '';
  // Upstream writes these also where there is none.
  const times = event as { eventTime?: string | null; firstTimestamp?: string | null; lastTimestamp?: string | null };
  times.eventTime ??= null;
  times.firstTimestamp ??= null;
  times.lastTimestamp ??= null;
}
