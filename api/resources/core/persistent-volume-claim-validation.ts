import { semanticEqual } from '../../meta/equality.ts';
import { addInvalid, checkImmutable, immutable, unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, notSupported, type FieldError } from '../../meta/field-error.ts';
import { isQualifiedName } from '../../meta/names.ts';
import { compareQuantities, quantityValue } from '../../meta/quantity.ts';
import { jsonDiff } from '../../meta/text-diff.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../schema/generated/core-v1.ts';
import { validateClaimSpec } from './claim-spec-validation.ts';
import { internalClaimSpec } from './internal-form.ts';
import { isNativeResource } from './resource-names.ts';

const betaClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** All that is wrong with the spec of a claim, in upstream's order. The status has `validateClaimStatusUpdate`. */
export function validateClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  const errors: Errors = [];
  validateClaimSpec(spec ?? {}, 'spec', errors);
  return errors;
}

/**
 * The spec stays, but for a volume or a class where none was named and, once bound, size and VolumeAttributesClass.
 * What could not grow may ask for less again, as long as it is more than `status.capacity`.
 */
export function validateClaimUpdate(next: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const errors = validateClaim(next);
  const spec = next.spec ?? {};
  const before = old.spec ?? {};
  const [rest, oldRest] = withoutChangeable(next, old);
  if (!movesClassToField(next, old)) {
    const now = next.metadata.annotations?.[betaClassAnnotation] ?? '';
    if (now !== (old.metadata.annotations?.[betaClassAnnotation] ?? ''))
      errors.push(invalidValue(`metadata.annotations.${betaClassAnnotation}`, now, immutable));
  }
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
  if (before.volumeAttributesClassName !== undefined && !spec.volumeAttributesClassName) {
    const to = spec.volumeAttributesClassName === undefined ? 'nil' : 'an empty string';
    if (before.volumeAttributesClassName !== spec.volumeAttributesClassName)
      errors.push(forbiddenField('spec.volumeAttributesClassName', `update from non-nil value to ${to} is forbidden`));
  }
  return errors;
}

const resizeStatuses = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizePending',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
];

/** Kubernetes' own resources of a claim are its storage alone. False where the name is none. */
function checkResourceName(name: string, field: string, errors: Errors): boolean {
  const before = errors.length;
  addInvalid(isQualifiedName(name), field, name, errors);
  if (errors.length === before && isNativeResource(name) && name !== 'storage')
    errors.push(unsupported(field, name, ['storage']));
  return errors.length === before;
}

/** A claim holds no less than nothing, and says of its storage how far it has grown. */
export function validateClaimStatusUpdate({ status }: PersistentVolumeClaim): FieldError[] {
  const errors: Errors = [];
  for (const [name, quantity] of Object.entries(status?.capacity ?? {}))
    checkHeld(quantity, `status.capacity[${name}]`, errors);
  const resizing = 'status.allocatedResourceStatus';
  for (const [name, state] of Object.entries(status?.allocatedResourceStatuses ?? {})) {
    checkResourceName(name, resizing, errors);
    if (!resizeStatuses.includes(state)) errors.push(notSupported(resizing, name, resizeStatuses));
  }
  for (const [name, quantity] of Object.entries(status?.allocatedResources ?? {})) {
    if (checkResourceName(name, 'status.allocatedResources', errors))
      checkHeld(quantity, `status.allocatedResources[${name}]`, errors);
  }
  return errors;
}

function checkHeld(quantity: string, field: string, errors: Errors): void {
  if (compareQuantities(quantity, '0') < 0)
    errors.push(invalidValue(field, quantityValue(quantity), 'must be a valid resource quantity'));
}

/** Both specs with what may change made equal. */
function withoutChangeable(
  next: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): [PersistentVolumeClaimSpec, PersistentVolumeClaimSpec] {
  const spec = { ...next.spec };
  const before = { ...old.spec };
  if (!before.volumeName) before.volumeName = spec.volumeName;
  const annotated = old.metadata.annotations?.[betaClassAnnotation];
  if (movesClassToField(next, old)) delete spec.storageClassName;
  else if (before.storageClassName === undefined && (annotated === undefined || annotated === spec.storageClassName))
    spec.storageClassName = before.storageClassName;
  if (next.status?.phase === 'Bound') {
    if (spec.resources?.requests) {
      const requests = { ...spec.resources.requests };
      const size = before.resources?.requests?.['storage'];
      if (size !== undefined) requests['storage'] = size;
      spec.resources = { ...spec.resources, requests };
    }
    if (spec.volumeAttributesClassName !== undefined) spec.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  return [spec, before];
}

/** The class that was once named by an annotation may be named by the field instead. */
function movesClassToField(next: PersistentVolumeClaim, old: PersistentVolumeClaim): boolean {
  const before = old.metadata.annotations?.[betaClassAnnotation];
  const now = next.metadata.annotations?.[betaClassAnnotation];
  return (
    before !== undefined &&
    old.spec?.storageClassName === undefined &&
    next.spec?.storageClassName === before &&
    (now === undefined || now === before)
  );
}
