import type { PersistentVolume } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const persistentVolumes = defineResource<PersistentVolume>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.core.v1.PersistentVolume',
  storagePrefix: 'persistentvolumes',
  storageVersionHash: 'HN/zwEC+JgM=',
  subresources: {
    status: { kind: 'PersistentVolume', verbs: ['get', 'patch', 'update'] },
  },
  columns: [],
});
