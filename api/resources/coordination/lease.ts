import type { Lease } from '../../schema/generated/coordination-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { checkNotNegative } from '../../meta/field-checks.ts';
import { invalidValue, type FieldError } from '../../meta/field-error.ts';
import { defineResource } from '../define-resource.ts';

export const leases = defineResource<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.coordination.v1.Lease',
  storagePrefix: 'leases',
  metadataRules: { anyFinalizer: true },
  storageVersionHash: 'gqkMMb/YqFM=',
  allowUnconditionalUpdate: false,
  allowCreateOnUpdate: true,
  setDefaults: setLeaseDefaults,
  prepareForCreate: dropElection,
  prepareForUpdate: dropElection,
  validate: validateLease,
  columns: [
    nameColumn,
    {
      name: 'Holder',
      type: 'string',
      description:
        'holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.',
      cell: (lease) => lease.spec?.holderIdentity ?? '',
    },
    ageColumn,
  ],
});

function setLeaseDefaults(lease: Lease): void {
  lease.spec ??= {};
}

/** Coordinated leader election is off: its fields are not taken. */
function dropElection({ spec }: Lease): void {
  delete spec?.strategy;
  delete spec?.preferredHolder;
}

function validateLease({ spec }: Lease): FieldError[] {
  const errors: FieldError[] = [];
  const duration = spec?.leaseDurationSeconds;
  if (duration !== undefined && duration <= 0)
    errors.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  checkNotNegative(spec?.leaseTransitions, 'spec.leaseTransitions', errors);
  return errors;
}
