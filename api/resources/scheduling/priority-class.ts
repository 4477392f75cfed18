import type { PriorityClass } from '../../schema/generated/scheduling-v1.ts';
import { defineResource } from '../define-resource.ts';

export const priorityClasses = defineResource<PriorityClass>({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.scheduling.v1.PriorityClass',
  storagePrefix: 'priorityclasses',
  storageVersionHash: '1QwjyaZjj3Y=',
  hasGeneration: true,
  columns: [],
});
