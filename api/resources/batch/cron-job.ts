import type { CronJob } from '../../schema/generated/batch-v1.ts';
import { defineResource } from '../define-resource.ts';

export const cronJobs = defineResource<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.batch.v1.CronJob',
  storagePrefix: 'cronjobs',
  storageVersionHash: 'sd5LIXh4Fjs=',
  subresources: {
    status: { kind: 'CronJob', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
