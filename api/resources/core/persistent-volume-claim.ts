import type { PersistentVolumeClaim } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  storagePrefix: 'persistentvolumeclaims',
  storageVersionHash: 'QWTyNDq0dC4=',
  subresources: {
    status: { kind: 'PersistentVolumeClaim', verbs: ['get', 'patch', 'update'] },
  },
  columns: [],
});
