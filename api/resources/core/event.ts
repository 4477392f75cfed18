import type { Event } from '../../schema/generated/core-v1.ts';
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
  storageVersionHash: 'r2yiGXH7wu8=',
  columns: [],
});
