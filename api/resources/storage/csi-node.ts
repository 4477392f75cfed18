import type { CSINode, CSINodeSpec } from '../../schema/generated/storage-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateCSINode, validateCSINodeUpdate } from './csi-validation.ts';
import { nullEmptyLists } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';

export const csiNodes = defineResource<CSINode>({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  scope: 'Cluster',
  typeName: 'io.k8s.api.storage.v1.CSINode',
  storagePrefix: 'csinodes',
  metadataRules: { checkedOnce: true },
  returnsDeletedObject: true,
  storageVersionHash: 'Pe62DkZtjuo=',
  allowUnconditionalUpdate: false,
  setDefaults: setCSINodeDefaults,
  prepareForCreate: (node) => nullEmptyLists(node.spec, 'drivers'),
  prepareForUpdate: (next) => nullEmptyLists(next.spec, 'drivers'),
  validate: validateCSINode,
  validateUpdate: validateCSINodeUpdate,
  columns: [
    nameColumn,
    {
      name: 'Drivers',
      type: 'integer',
      description: 'Drivers indicates the number of CSI drivers registered on the node',
      cell: (node) => node.spec.drivers?.length ?? 0,
    },
    ageColumn,
  ],
});

function setCSINodeDefaults(node: CSINode): void {
  const spec = (node.spec ??= {} as CSINodeSpec);
  for (const driver of spec.drivers ?? []) nullEmptyLists(driver, 'topologyKeys');
}
