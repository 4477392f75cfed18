import type {
  VolumeAttachment,
  VolumeAttachmentSpec,
  VolumeAttachmentStatus,
} from '../../schema/generated/storage-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { keepSpecAndMetadata, keepStatus } from '../strategy.ts';
import { validateVolumeAttachment, validateVolumeAttachmentUpdate } from './csi-validation.ts';
import { defineResource } from '../define-resource.ts';

export const volumeAttachments = defineResource<VolumeAttachment>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  scope: 'Cluster',
  typeName: 'io.k8s.api.storage.v1.VolumeAttachment',
  storagePrefix: 'volumeattachments',
  metadataRules: { checkedOnce: true },
  resetFields: { '': [['status']], status: [['metadata'], ['spec']] },
  returnsDeletedObject: true,
  storageVersionHash: 'tJx/ezt6UDU=',
  subresources: {
    status: { kind: 'VolumeAttachment', verbs: ['get', 'patch', 'update'] },
  },
  allowUnconditionalUpdate: false,
  setDefaults: setVolumeAttachmentDefaults,
  prepareForCreate: (attachment) => {
    attachment.status = { attached: false };
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpecAndMetadata,
  validate: validateVolumeAttachment,
  validateUpdate: validateVolumeAttachmentUpdate,
  validateStatusUpdate: validateVolumeAttachmentUpdate,
  columns: [
    nameColumn,
    {
      name: 'Attacher',
      type: 'string',
      format: 'name',
      description:
        'attacher indicates the name of the volume driver that MUST handle this request. This is the name returned by GetPluginName().',
      cell: (attachment) => attachment.spec.attacher,
    },
    {
      name: 'PV',
      type: 'string',
      description: 'persistentVolumeName represents the name of the persistent volume to attach.',
      cell: (attachment) => attachment.spec.source.persistentVolumeName ?? '',
    },
    {
      name: 'Node',
      type: 'string',
      description: 'nodeName represents the node that the volume should be attached to.',
      cell: (attachment) => attachment.spec.nodeName,
    },
    {
      name: 'Attached',
      type: 'boolean',
      description:
        'attached indicates the volume is successfully attached. This field must only be set by the entity completing the attach operation, i.e. the external-attacher.',
      cell: (attachment) => attachment.status?.attached ?? false,
    },
    ageColumn,
  ],
});

function setVolumeAttachmentDefaults(attachment: VolumeAttachment): void {
  const spec = (attachment.spec ??= {} as VolumeAttachmentSpec);
  spec.source ??= {};
  (attachment.status ??= {} as VolumeAttachmentStatus).attached ??= false;
}
