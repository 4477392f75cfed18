import { validateConditions } from '../../meta/condition-validation.ts';
import { checkNotNegative, unsupported, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, type FieldError } from '../../meta/field-error.ts';
import { checkAtMostHundredPercent, checkIntOrPercent } from '../../meta/int-or-percent-validation.ts';
import { shownSelector, validateLabelSelector } from '../../meta/label-validation.ts';
import type { PodDisruptionBudget } from '../../schema/generated/policy-v1.ts';

const evictionPolicies = ['AlwaysAllow', 'IfHealthyBudget'];

/**
 * Upstream's `ValidatePodDisruptionBudget`, of a new budget and of an update alike: percentages are at most 100, and
 * `minAvailable` and `maxUnavailable` exclude each other.
 */
export function validateBudget({ spec = {} }: PodDisruptionBudget): FieldError[] {
  const errors: Errors = [];
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    // As upstream's message shows it: its internal type.
    const shown = {
      MinAvailable: minAvailable,
      Selector: shownSelector(selector) ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    };
    errors.push(invalidValue('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    checkIntOrPercent(spec[field], `spec.${field}`, errors);
    checkAtMostHundredPercent(spec[field], `spec.${field}`, errors);
  }
  validateLabelSelector(selector, 'spec.selector', errors);
  if (policy !== undefined && !evictionPolicies.includes(policy))
    errors.push(unsupported('spec.unhealthyPodEvictionPolicy', policy, evictionPolicies));
  return errors;
}

/** Upstream's `ValidatePodDisruptionBudgetStatusUpdate`: conditions, and then no negative counts. */
export function validateBudgetStatusUpdate({ status }: PodDisruptionBudget): FieldError[] {
  const errors: Errors = [];
  validateConditions(status?.conditions, 'status.conditions', errors);
  for (const field of ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const)
    checkNotNegative(status?.[field], `status.${field}`, errors);
  return errors;
}
