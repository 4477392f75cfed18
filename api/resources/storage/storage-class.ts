import type { StorageClass } from '../../schema/generated/storage-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateStorageClass, validateStorageClassUpdate } from './storage-class-validation.ts';
import { nodeLabelDeprecation } from '../core/node-label-warnings.ts';
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
  returnsDeletedObject: true,
  storageVersionHash: 'K+m6uJwbjGY=',
  setDefaults: setStorageClassDefaults,
  validate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  warnings: storageClassWarnings,
  columns: [
    {
      ...nameColumn,
      cell: (storageClass) =>
        isDefault(storageClass) ? `${storageClass.metadata.name ?? ''} (default)` : (storageClass.metadata.name ?? ''),
    },
    {
      name: 'Provisioner',
      type: 'string',
      description: 'provisioner indicates the type of the provisioner.',
      cell: (storageClass) => storageClass.provisioner,
    },
    {
      name: 'ReclaimPolicy',
      type: 'string',
      description:
        'reclaimPolicy controls the reclaimPolicy for dynamically provisioned PersistentVolumes of this storage class. Defaults to Delete.',
      cell: (storageClass) => storageClass.reclaimPolicy ?? 'Delete',
    },
    {
      name: 'VolumeBindingMode',
      type: 'string',
      description:
        'volumeBindingMode indicates how PersistentVolumeClaims should be provisioned and bound.  When unset, VolumeBindingImmediate is used. This field is only honored by servers that enable the VolumeScheduling feature.',
      cell: (storageClass) => storageClass.volumeBindingMode ?? 'Immediate',
    },
    {
      name: 'AllowVolumeExpansion',
      type: 'string',
      description: 'allowVolumeExpansion shows whether the storage class allow volume expand.',
      cell: (storageClass) => storageClass.allowVolumeExpansion ?? false,
    },
    ageColumn,
  ],
});

function isDefault({ metadata }: StorageClass): boolean {
  return (
    metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' ||
    metadata.annotations?.['storageclass.beta.kubernetes.io/is-default-class'] === 'true'
  );
}

function setStorageClassDefaults(storageClass: StorageClass): void {
  storageClass.reclaimPolicy ??= 'Delete';
  storageClass.volumeBindingMode ??= 'Immediate';
}

function storageClassWarnings({ allowedTopologies }: StorageClass): string[] {
  const warnings: string[] = [];
  for (const [index, { matchLabelExpressions }] of (allowedTopologies ?? []).entries()) {
    for (const [at, { key }] of (matchLabelExpressions ?? []).entries()) {
      const deprecation = nodeLabelDeprecation(key);
      if (deprecation) warnings.push(`allowedTopologies[${index}].matchLabelExpressions[${at}].key: ${deprecation}`);
    }
  }
  return warnings;
}
