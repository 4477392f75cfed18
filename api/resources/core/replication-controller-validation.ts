import { checkNotNegative, type Errors } from '../../meta/field-checks.ts';
import { required, type FieldError } from '../../meta/field-error.ts';
import { selectorFromLabels } from '../../meta/label-selector.ts';
import type { ReplicationController } from '../../schema/generated/core-v1.ts';
import { checkSelectorMatches, validatePodTemplate, validateRunningTemplate } from './pod-template-validation.ts';

/**
 * Every cause, those of the pod template below `spec.template`; an update is checked the same way. Defaults must be
 * filled: the selector is required, and restart policy can only be Always.
 */
export function validateReplicationController({ spec }: ReplicationController): FieldError[] {
  const errors: Errors = [];
  if (!spec) return errors;
  checkNotNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  const selector = selectorFromLabels(spec.selector);
  if (selector.requirements.length === 0) errors.push(required('spec.selector'));
  checkNotNegative(spec.replicas, 'spec.replicas', errors);
  const { template } = spec;
  if (!template) {
    errors.push(required('spec.template'));
    return errors;
  }
  checkSelectorMatches(selector, template, 'spec.template', errors);
  validatePodTemplate(template, 'spec.template', errors);
  validateRunningTemplate(template, 'ReplicationController', 'spec.template', errors);
  return errors;
}
