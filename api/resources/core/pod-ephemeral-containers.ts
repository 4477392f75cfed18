/** The rules of `pods/ephemeralcontainers`: containers may be put into a running pod, and then stay as they are. */
import { semanticEqual } from '../../meta/equality.ts';
import type { Errors } from '../../meta/field-checks.ts';
import { forbiddenField, type FieldError } from '../../meta/field-error.ts';
import type { Pod } from '../../schema/generated/core-v1.ts';
import { jsonDiff } from '../../meta/text-diff.ts';
import { internalEphemeralContainer } from './internal-form.ts';
import { mirrorPodAnnotation } from './pod-annotations-validation.ts';
import { validateAnnotationChange } from './pod-update-validation.ts';
import { validateAnnotationsAndSpec } from './pod-validation.ts';

/** Keeps all of the old pod but its ephemeral containers; changes `next`. */
export function prepareEphemeralContainers(next: Pod, old: Pod): void {
  const ephemeralContainers = next.spec?.ephemeralContainers;
  const { resourceVersion, managedFields } = next.metadata;
  next.metadata = { ...old.metadata, resourceVersion, managedFields };
  next.spec = { ...old.spec!, ephemeralContainers };
  next.status = old.status;
}

/** All that is wrong with the ephemeral containers that are to be. */
export function validateEphemeralContainersUpdate(next: Pod, old: Pod): FieldError[] {
  if (old.metadata.annotations?.[mirrorPodAnnotation] !== undefined)
    return [forbiddenField('[]', 'static pods do not support ephemeral containers')];
  const errors: Errors = [];
  validateAnnotationsAndSpec(next, errors);
  validateAnnotationChange(next, old, errors);
  for (const before of old.spec?.ephemeralContainers ?? []) {
    const now = next.spec?.ephemeralContainers?.find(({ name }) => name === before.name);
    const which = `existing ephemeral containers "${before.name}"`;
    if (!now) errors.push(forbiddenField('spec.ephemeralContainers', `${which} may not be removed\n`));
    else if (!semanticEqual(now, before)) {
      const diff = jsonDiff(internalEphemeralContainer(before), internalEphemeralContainer(now));
      errors.push(forbiddenField('spec.ephemeralContainers', `${which} may not be changed\n${diff}`));
    }
  }
  return errors;
}
