import type { CSIDriver } from '../../schema/generated/storage-v1.ts';
import { defineResource } from '../define-resource.ts';

export const csiDrivers = defineResource<CSIDriver>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIDriver',
  plural: 'csidrivers',
  scope: 'Cluster',
  typeName: 'io.k8s.api.storage.v1.CSIDriver',
  storagePrefix: 'csidrivers',
  storageVersionHash: 'hL6j/rwBV5w=',
  hasGeneration: true,
  columns: [],
});
