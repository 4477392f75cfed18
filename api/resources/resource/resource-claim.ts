import type { ResourceClaim } from '../../schema/generated/resource-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { deviceKey, validateClaimStatus } from './claim-status-validation.ts';
import { setDeviceClaimDefaults, setTolerationDefaults } from './device-defaults.ts';
import { keepSpecAndMetadata, keepStatus } from '../strategy.ts';
import { semanticEqual } from '../../meta/equality.ts';
import { immutable } from '../../meta/field-checks.ts';
import { invalidValue, type FieldError } from '../../meta/field-error.ts';
import { validateDeviceClaim } from './device-validation.ts';
import { internalClaimSpec } from './internal-claim.ts';
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
  prepareForStatusUpdate: prepareClaimStatus,
  validate: validateClaim,
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: validateClaimStatus,
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
  if (!claim.status.allocation) return;
  const devices = (claim.status.allocation.devices ??= {});
  for (const { tolerations } of devices.results ?? []) setTolerationDefaults(tolerations);
}

function validateClaim({ spec }: ResourceClaim): FieldError[] {
  const errors: FieldError[] = [];
  validateDeviceClaim(spec.devices ?? {}, 'spec.devices', errors);
  return errors;
}

function validateClaimUpdate(next: ResourceClaim, old: ResourceClaim): FieldError[] {
  return semanticEqual(next.spec, old.spec) ? [] : [invalidValue('spec', internalClaimSpec(next.spec), immutable)];
}

function prepareClaimStatus(next: ResourceClaim, old: ResourceClaim): void {
  keepSpecAndMetadata(next, old);
  dropDeallocated(next, old);
}

/** What drivers say of devices goes with the devices. */
function dropDeallocated({ status }: ResourceClaim, old: ResourceClaim): void {
  if (!status?.devices) return;
  const gone = new Set(old.status?.allocation?.devices?.results?.map(deviceKey));
  for (const result of status.allocation?.devices?.results ?? []) gone.delete(deviceKey(result));
  status.devices = status.devices.filter((device) => !gone.has(deviceKey(device)));
  if (status.devices.length === 0) delete status.devices;
}
