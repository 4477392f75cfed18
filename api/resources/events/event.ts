import type { Event as CoreEvent } from '../../schema/generated/core-v1.ts';
import type { Event } from '../../schema/generated/events-v1.ts';
import { columnsVia } from '../columns.ts';
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
  columns: columnsVia(events.columns, toCoreEvent),
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
