import type { Errors } from '../../meta/field-checks.ts';
import type { FieldError } from '../../meta/field-error.ts';
import { forbiddenField } from '../../meta/field-error.ts';
import type { Pod } from '../../schema/generated/core-v1.ts';
import { checkImageSpaces } from './container-validation.ts';
import { validateAppArmorMatch, validatePodAnnotations, validateSeccompMatch } from './pod-annotations-validation.ts';
import { validatePodSpec } from './pod-spec-validation.ts';

/** What is wrong with a new pod. */
export function validatePod(pod: Pod): FieldError[] {
  const errors: Errors = [];
  const { metadata } = pod;
  const spec = pod.spec!;
  validateAnnotationsAndSpec(pod, errors);
  if (spec.ephemeralContainers?.length)
    errors.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  if (spec.nodeName && spec.schedulingGates?.length)
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  validateSeccompMatch(metadata, spec, 'spec', errors);
  validateAppArmorMatch(metadata, spec, 'spec', errors);
  return errors;
}

/** What holds for every pod, new or not. */
export function validateAnnotationsAndSpec({ metadata, spec }: Pod, errors: Errors): void {
  if (!spec) return;
  validatePodAnnotations(metadata.annotations, spec, 'metadata.annotations', errors);
  validatePodSpec(spec, metadata, 'spec', errors);
  if (!spec.serviceAccountName) forbidTokens(spec.volumes, errors);
  for (const list of ['containers', 'initContainers'] as const) {
    const containers = spec[list];
    for (let i = 0; i < (containers?.length ?? 0); i++) checkImageSpaces(containers![i]!, `spec.${list}[${i}]`, errors);
  }
}

function forbidTokens(volumes: NonNullable<Pod['spec']>['volumes'], errors: Errors): void {
  for (const [index, { projected }] of (volumes ?? []).entries()) {
    for (const [s, { serviceAccountToken }] of (projected?.sources ?? []).entries()) {
      if (!serviceAccountToken) continue;
      const field = `spec.volumes[${index}].projected.sources[${s}].serviceAccountToken`;
      errors.push(forbiddenField(field, 'must not be specified when serviceAccountName is not set'));
    }
  }
}
