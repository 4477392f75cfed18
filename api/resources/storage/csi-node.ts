import type { CSINode } from '../../schema/generated/storage-v1.ts';
import { defineResource } from '../define-resource.ts';

export const csiNodes = defineResource<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  scope: 'Cluster',
  typeName: 'io.k8s.api.storage.v1.CSINode',
  storagePrefix: 'csinodes',
  storageVersionHash: 'Pe62DkZtjuo=',
  columns: [],
});
