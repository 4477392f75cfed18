import { semanticEqual } from '../../meta/equality.ts';
import { checkImmutable, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, type FieldError } from '../../meta/field-error.ts';
import { compareQuantities, quantityValue } from '../../meta/quantity.ts';
import { jsonDiff } from '../../meta/text-diff.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../schema/generated/core-v1.ts';
import { validateClaimSpec } from './claim-spec-validation.ts';
import { internalClaimSpec } from './internal-form.ts';

const betaClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

export function validateClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  const errors: Errors = [];
  validateClaimSpec(spec ?? {}, 'spec', errors);
  return errors;
}

export function validateClaimUpdate(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = validateClaim(next);
  const spec = next.spec ?? {};
  const before = old.spec ?? {};
  const [rest, oldRest] = withoutChangeable(next, old);
  if (!semanticEqual(rest, oldRest)) {
    const diff = jsonDiff(internalClaimSpec(oldRest), internalClaimSpec(rest));
    const why =
      'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    errors.push(forbiddenField('spec', `${why}\n${diff}`));
  }
  const size = spec.resources?.requests?.['storage'] ?? '0';
  const oldSize = before.resources?.requests?.['storage'] ?? '0';
  if (compareQuantities(size, oldSize) < 0) {
    const capacity = old.status?.capacity?.['storage'] ?? '0';
    // What could not be made larger may be asked to be smaller again, but not smaller than it is.
    if (compareQuantities(size, capacity) <= 0)
      errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  checkImmutable(spec.volumeMode, before.volumeMode, 'volumeMode', errors);
  if (before.volumeAttributesClassName && !spec.volumeAttributesClassName)
    errors.push(forbiddenField('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  return errors;
}

/** A claim holds no less than nothing. */
export function validateClaimStatusUpdate({ status }: PersistentVolumeClaim): FieldError[] {
  const errors: Errors = [];
  for (const field of ['capacity', 'allocatedResources'] as const)
    for (const [name, quantity] of Object.entries(status?.[field] ?? {}))
      if (compareQuantities(quantity, '0') < 0)
        errors.push(
          invalidValue(`status.${field}[${name}]`, quantityValue(quantity), 'must be a valid resource quantity'),
        );
  return errors;
}

/** Both specs with what may change made equal. */
function withoutChangeable(
  next: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): [PersistentVolumeClaimSpec, PersistentVolumeClaimSpec] {
  const spec = { ...next.spec };
  const before = { ...old.spec };
  if (!before.volumeName) before.volumeName = spec.volumeName;
  const hasClass =
    before.storageClassName !== undefined || old.metadata.annotations?.[betaClassAnnotation] !== undefined;
  if (!hasClass && spec.storageClassName !== undefined) before.storageClassName = spec.storageClassName;
  if (next.status?.phase === 'Bound') {
    if (spec.resources?.requests) {
      const requests = { ...spec.resources.requests };
      const size = before.resources?.requests?.['storage'];
      if (size !== undefined) requests['storage'] = size;
      spec.resources = { ...spec.resources, requests };
    }
    spec.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  return [spec, before];
}
