import type { StorageClass } from '../../schema/generated/storage-v1.ts';
import { defineResource } from '../define-resource.ts';

export const storageClasses = defineResource<StorageClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.storage.v1.StorageClass',
  storagePrefix: 'storageclasses',
  storageVersionHash: 'K+m6uJwbjGY=',
  columns: [],
});
