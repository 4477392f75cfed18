import type { VolumeAttributesClass } from '../../schema/generated/storage-v1.ts';
import { defineResource } from '../define-resource.ts';

export const volumeAttributesClasses = defineResource<VolumeAttributesClass>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  storagePrefix: 'volumeattributesclasses',
  storageVersionHash: 'tIjydgKBC5w=',
  columns: [],
});
