import { checkImmutable, checkNotNegative, unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import {
  checkAtMostHundredPercent,
  checkIntOrPercent,
  intOrPercentNumber,
} from '../../meta/int-or-percent-validation.ts';
import { shownSelector } from '../../meta/label-validation.ts';
import type { Deployment, DeploymentStrategy, RollingUpdateDeployment } from '../../schema/generated/apps-v1.ts';
import { checkCollisions, checkCounts, checkParts, validateSelectorAndTemplate } from './replicas-validation.ts';

/**
 * Upstream's `ValidateDeployment`, after defaults. The selector must not be empty, and must match the template's
 * labels; `progressDeadlineSeconds` must exceed `minReadySeconds`.
 */
export function validateDeployment({ spec }: Deployment): FieldError[] {
  const errors: Errors = [];
  if (!spec) return errors;
  checkNotNegative(spec.replicas, 'spec.replicas', errors);
  validateSelectorAndTemplate(spec, errors);
  validateStrategy(spec.strategy ?? {}, 'spec.strategy', errors);
  checkNotNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  checkNotNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline !== undefined) {
    checkNotNegative(deadline, 'spec.progressDeadlineSeconds', errors);
    if (deadline <= (spec.minReadySeconds ?? 0))
      errors.push(invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  }
  return errors;
}

/** What `validateDeployment` says of `next`, and then that the selector may not change. */
export function validateDeploymentUpdate(next: Deployment, old: Deployment): FieldError[] {
  const errors = validateDeployment(next);
  checkImmutable(shownSelector(next.spec?.selector), shownSelector(old.spec?.selector), 'spec.selector', errors);
  return errors;
}

function validateStrategy({ type, rollingUpdate }: DeploymentStrategy, path: string, errors: Errors): void {
  if (type === 'Recreate') {
    if (rollingUpdate)
      errors.push(forbiddenField(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'"));
  } else if (type === 'RollingUpdate') {
    if (rollingUpdate) validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`, errors);
    else errors.push(required(`${path}.rollingUpdate`, 'this should be defaulted and never be nil'));
  } else {
    // As upstream's message shows it: its internal type.
    const { maxUnavailable, maxSurge } = rollingUpdate ?? {};
    const shown = rollingUpdate ? { MaxUnavailable: maxUnavailable ?? 0, MaxSurge: maxSurge ?? 0 } : null;
    errors.push(unsupported(path, { Type: type ?? '', RollingUpdate: shown }, ['Recreate', 'RollingUpdate']));
  }
}

function validateRollingUpdate(update: RollingUpdateDeployment, path: string, errors: Errors): void {
  const { maxUnavailable, maxSurge } = update;
  checkIntOrPercent(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkIntOrPercent(maxSurge, `${path}.maxSurge`, errors);
  if (intOrPercentNumber(maxUnavailable) === 0 && intOrPercentNumber(maxSurge) === 0)
    errors.push(invalidValue(`${path}.maxUnavailable`, maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0'));
  checkAtMostHundredPercent(maxUnavailable, `${path}.maxUnavailable`, errors);
}

/**
 * Upstream's `ValidateDeploymentStatusUpdate`: no negative counts, no part above its whole (available ones are ready
 * ones too), and `collisionCount` only grows.
 */
export function validateDeploymentStatusUpdate(next: Deployment, old: Deployment): FieldError[] {
  const errors: Errors = [];
  const status = next.status ?? {};
  checkCounts(
    status,
    [
      'observedGeneration',
      'replicas',
      'updatedReplicas',
      'readyReplicas',
      'availableReplicas',
      'unavailableReplicas',
      'terminatingReplicas',
      'collisionCount',
    ],
    errors,
  );
  const parts = ['updatedReplicas', 'readyReplicas', 'availableReplicas'];
  checkParts(status, 'replicas', parts, 'cannot be greater than status.replicas', errors);
  checkParts(status, 'readyReplicas', ['availableReplicas'], 'cannot be greater than readyReplicas', errors);
  checkCollisions(status.collisionCount, old.status?.collisionCount, errors);
  return errors;
}
