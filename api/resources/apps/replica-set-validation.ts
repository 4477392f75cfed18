import { checkImmutable, checkNotNegative, type Errors } from '../../meta/field-checks.ts';
import { shownSelector } from '../../meta/label-validation.ts';
import type { FieldError } from '../../meta/field-error.ts';
import type { ReplicaSet } from '../../schema/generated/apps-v1.ts';
import { checkCounts, checkParts, validateSelectorAndTemplate } from './replicas-validation.ts';

/**
 * Upstream's `ValidateReplicaSet`, after defaults. The selector must not be empty, and must match the template's
 * labels.
 */
export function validateReplicaSet({ spec }: ReplicaSet): FieldError[] {
  const errors: Errors = [];
  if (!spec) return errors;
  checkNotNegative(spec.replicas, 'spec.replicas', errors);
  checkNotNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  validateSelectorAndTemplate(spec, errors);
  return errors;
}

/** What `validateReplicaSet` says of `next`, and then that the selector may not change. */
export function validateReplicaSetUpdate(next: ReplicaSet, old: ReplicaSet): FieldError[] {
  const errors = validateReplicaSet(next);
  checkImmutable(shownSelector(next.spec?.selector), shownSelector(old.spec?.selector), 'spec.selector', errors);
  return errors;
}

/** The status of a ReplicaSet, and of a ReplicationController, which is the same. */
export function validateReplicaSetStatusUpdate({ status = { replicas: 0 } }: Pick<ReplicaSet, 'status'>): FieldError[] {
  const errors: Errors = [];
  const counts = ['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas', 'observedGeneration'];
  checkCounts(status, [...counts, 'terminatingReplicas'], errors);
  const parts = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'];
  checkParts(status, 'replicas', parts, 'cannot be greater than status.replicas', errors);
  checkParts(status, 'readyReplicas', ['availableReplicas'], 'cannot be greater than readyReplicas', errors);
  return errors;
}
