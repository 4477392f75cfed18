import type { Event } from '../../schema/generated/events-v1.ts';
import { defineResource } from '../define-resource.ts';

export const eventsV1 = defineResource<Event>({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.events.v1.Event',
  storagePrefix: 'events',
  storageVersionHash: 'r2yiGXH7wu8=',
  columns: [],
});
