import type { VolumeAttachment } from '../../schema/generated/storage-v1.ts';
import { defineResource } from '../define-resource.ts';

export const volumeAttachments = defineResource<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  scope: 'Cluster',
  typeName: 'io.k8s.api.storage.v1.VolumeAttachment',
  storagePrefix: 'volumeattachments',
  storageVersionHash: 'tJx/ezt6UDU=',
  subresources: {
    status: { kind: 'VolumeAttachment', verbs: ['get', 'patch', 'update'] },
  },
  columns: [],
});
