import type { Job } from '../../schema/generated/batch-v1.ts';
import { defineResource } from '../define-resource.ts';

export const jobs = defineResource<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.batch.v1.Job',
  storagePrefix: 'jobs',
  storageVersionHash: 'mudhfqk/qZY=',
  subresources: {
    status: { kind: 'Job', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
