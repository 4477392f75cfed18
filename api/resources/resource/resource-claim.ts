import type { ResourceClaim } from '../../schema/generated/resource-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { setDeviceClaimDefaults } from './device-defaults.ts';
import { keepSpecAndMetadata, keepStatus } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';

export const resourceClaims = defineResource<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.resource.v1.ResourceClaim',
  storagePrefix: 'resourceclaims',
  resetFields: { '': [['status']], status: [['metadata'], ['spec']] },
  returnsDeletedObject: true,
  storageVersionHash: 'wgAZaHcZxUg=',
  subresources: {
    status: { kind: 'ResourceClaim', verbs: ['get', 'patch', 'update'] },
  },
  setDefaults: setClaimDefaults,
  prepareForCreate: (claim) => {
    claim.status = {};
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpecAndMetadata,
  columns: [
    nameColumn,
    {
      name: 'State',
      type: 'string',
      description: 'A summary of the current state (allocated, pending, reserved, etc.).',
      cell: formatState,
    },
    ageColumn,
  ],
});

function formatState({ metadata, status }: ResourceClaim): string {
  const states = metadata.deletionTimestamp ? ['deleted'] : [];
  if (status?.allocation) states.push('allocated', ...(status.reservedFor?.length ? ['reserved'] : []));
  else if (!metadata.deletionTimestamp) states.push('pending');
  return states.join(',');
}

function setClaimDefaults(claim: ResourceClaim): void {
  claim.spec ??= {};
  claim.status ??= {};
  setDeviceClaimDefaults((claim.spec.devices ??= {}));
  if (claim.status.allocation) claim.status.allocation.devices ??= {};
}
