import type { ResourceClaim } from '../../schema/generated/resource-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { setDeviceClaimDefaults } from './device-defaults.ts';
import { keepSpecAndMetadata, keepStatus } from '../strategy.ts';
import { semanticEqual } from '../../meta/equality.ts';
import { immutable } from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, required, tooMany, type FieldError } from '../../meta/field-error.ts';
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
  prepareForStatusUpdate: keepSpecAndMetadata,
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
  if (claim.status.allocation) claim.status.allocation.devices ??= {};
}

const maxConsumers = 256;

function validateClaim({ spec }: ResourceClaim): FieldError[] {
  const errors: FieldError[] = [];
  validateDeviceClaim(spec.devices ?? {}, 'spec.devices', errors);
  return errors;
}

function validateClaimUpdate(next: ResourceClaim, old: ResourceClaim): FieldError[] {
  const errors: FieldError[] = [];
  if (!semanticEqual(next.spec, old.spec)) errors.push(invalidValue('spec', internalClaimSpec(next.spec), immutable));
  // What cannot change anyway is looked at only to say what else is wrong.
  if (errors.length > 0) errors.push(...validateClaim(next));
  return errors;
}

/** Only devices that are allocated can be reserved, and they stay allocated while they are. */
function validateClaimStatus(next: ResourceClaim, old: ResourceClaim): FieldError[] {
  const errors: FieldError[] = [];
  const { allocation, reservedFor = [] } = next.status ?? {};
  const before = old.status ?? {};
  if (reservedFor.length > maxConsumers) errors.push(tooMany('status.reservedFor', reservedFor.length, maxConsumers));
  const seen = new Set<string>();
  for (const [index, { resource, name, uid }] of reservedFor.entries()) {
    const at = `status.reservedFor[${index}]`;
    if (!resource) errors.push(required(`${at}.resource`));
    if (!name) errors.push(required(`${at}.name`));
    if (!uid) errors.push(required(`${at}.uid`));
    if (seen.has(uid)) errors.push(duplicate(`${at}.uid`, uid));
    seen.add(uid);
  }
  if (reservedFor.length > (before.reservedFor?.length ?? 0)) {
    if (!allocation)
      errors.push(forbiddenField('status.reservedFor', 'may not be specified when `allocated` is not set'));
    else if (next.metadata.deletionTimestamp)
      errors.push(
        forbiddenField(
          'status.reservedFor',
          'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
        ),
      );
  }
  if (before.allocation && allocation && !semanticEqual(allocation, before.allocation))
    errors.push(invalidValue('status.allocation', allocation, immutable));
  return errors;
}
