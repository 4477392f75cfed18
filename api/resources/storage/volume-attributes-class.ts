import type { VolumeAttributesClass } from '../../schema/generated/storage-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
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
  returnsDeletedObject: true,
  storageVersionHash: 'tIjydgKBC5w=',
  columns: [
    {
      ...nameColumn,
      cell: ({ metadata }) =>
        metadata.annotations?.['volumeattributesclass.alpha.kubernetes.io/is-default-class'] === 'true'
          ? `${metadata.name ?? ''} (default)`
          : (metadata.name ?? ''),
    },
    {
      name: 'DriverName',
      type: 'string',
      description: 'Name of the CSI driver This field is immutable.',
      cell: (attributesClass) => attributesClass.driverName,
    },
    ageColumn,
  ],
});
