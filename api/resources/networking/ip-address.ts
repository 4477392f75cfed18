import type { IPAddress, IPAddressSpec } from '../../schema/generated/networking-v1.ts';
import { none } from '../../meta/printers.ts';
import { nameColumn } from '../columns.ts';
import { nameIsCanonicalIp, validateIPAddress, validateIPAddressUpdate } from './address-validation.ts';
import { defineResource } from '../define-resource.ts';

export const ipAddresses = defineResource<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.networking.v1.IPAddress',
  storagePrefix: 'ipaddresses',
  storageVersionHash: '3f/plJFChNE=',
  setDefaults: setIPAddressDefaults,
  validateName: nameIsCanonicalIp,
  validate: validateIPAddress,
  validateUpdate: validateIPAddressUpdate,
  columns: [
    nameColumn,
    {
      name: 'ParentRef',
      type: 'string',
      description:
        'ParentRef references the resource that an IPAddress is attached to. An IPAddress must reference a parent object.',
      cell: formatParent,
    },
  ],
});

function formatParent({ spec }: IPAddress): string {
  if (!spec?.parentRef) return none;
  const { group, resource = '', namespace, name = '' } = spec.parentRef;
  const subject = (group ? `${resource}.${group}` : resource).toLowerCase();
  return namespace ? `${subject}/${namespace}/${name}` : `${subject}/${name}`;
}

function setIPAddressDefaults(address: IPAddress): void {
  address.spec ??= {} as IPAddressSpec;
}
