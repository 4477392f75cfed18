import type { CSIStorageCapacity } from '../../schema/generated/storage-v1.ts';
import { defaultColumns } from '../columns.ts';
import { validateStorageCapacity, validateStorageCapacityUpdate } from './csi-validation.ts';
import { warnOfNodeSelector } from '../core/node-label-warnings.ts';
import { defineResource } from '../define-resource.ts';

export const csiStorageCapacities = defineResource<CSIStorageCapacity>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  storagePrefix: 'csistoragecapacities',
  storageVersionHash: 'xeVl+2Ly1kE=',
  allowUnconditionalUpdate: false,
  validate: validateStorageCapacity,
  validateUpdate: validateStorageCapacityUpdate,
  warnings: storageCapacityWarnings,
  columns: defaultColumns,
});

function storageCapacityWarnings({ nodeTopology }: CSIStorageCapacity): string[] {
  const warnings: string[] = [];
  warnOfNodeSelector(nodeTopology, 'nodeTopology', warnings);
  return warnings;
}
