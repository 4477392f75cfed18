import { checkImmutable, checkNotNegative, unsupported, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import {
  checkAtMostHundredPercent,
  checkIntOrPercent,
  intOrPercentNumber,
} from '../../meta/int-or-percent-validation.ts';
import { shownSelector, sortedMap, validateLabelSelector } from '../../meta/label-validation.ts';
import type { DaemonSet, DaemonSetUpdateStrategy, RollingUpdateDaemonSet } from '../../schema/generated/apps-v1.ts';
import { selectorIfValid, validatePodTemplate, validateRunningTemplate } from '../core/pod-template-validation.ts';
import { checkCollisions, checkCounts } from './replicas-validation.ts';

/**
 * Upstream's `ValidateDaemonSet`, after defaults. The selector must not be empty, and must match the template's labels;
 * of `maxUnavailable` and `maxSurge` exactly one is not 0.
 */
export function validateDaemonSet({ spec }: DaemonSet): FieldError[] {
  const errors: Errors = [];
  if (!spec) return errors;
  const { selector, template } = spec;
  validateLabelSelector(selector, 'spec.selector', errors);
  const parsed = selectorIfValid(selector);
  const labels = template.metadata?.labels;
  if (parsed && !parsed.matches(labels)) {
    const why = '`selector` does not match template `labels`';
    errors.push(invalidValue('spec.template.metadata.labels', sortedMap(labels), why));
  }
  if (selector && Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0)
    errors.push(invalidValue('spec.selector', shownSelector(selector), 'empty selector is invalid for daemonset'));
  validatePodTemplate(template, 'spec.template', errors);
  validateRunningTemplate(template, 'DaemonSet', 'spec.template', errors);
  checkNotNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  validateUpdateStrategy(spec.updateStrategy ?? {}, 'spec.updateStrategy', errors);
  checkNotNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors);
  return errors;
}

function validateUpdateStrategy({ type, rollingUpdate }: DaemonSetUpdateStrategy, path: string, errors: Errors): void {
  if (type === 'OnDelete') return;
  if (type !== 'RollingUpdate') {
    // As upstream's message shows it: its internal type.
    const { maxUnavailable, maxSurge } = rollingUpdate ?? {};
    const shown = rollingUpdate ? { MaxUnavailable: maxUnavailable ?? 0, MaxSurge: maxSurge ?? 0 } : null;
    errors.push(unsupported(path, { Type: type ?? '', RollingUpdate: shown }, ['RollingUpdate', 'OnDelete']));
  } else if (!rollingUpdate) errors.push(required(`${path}.rollingUpdate`));
  else validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`, errors);
}

function validateRollingUpdate(
  { maxUnavailable, maxSurge }: RollingUpdateDaemonSet,
  path: string,
  errors: Errors,
): void {
  checkIntOrPercent(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkIntOrPercent(maxSurge, `${path}.maxSurge`, errors);
  checkAtMostHundredPercent(maxUnavailable, `${path}.maxUnavailable`, errors);
  checkAtMostHundredPercent(maxSurge, `${path}.maxSurge`, errors);
  const hasUnavailable = intOrPercentNumber(maxUnavailable) !== 0;
  const hasSurge = intOrPercentNumber(maxSurge) !== 0;
  if (hasUnavailable && hasSurge)
    errors.push(invalidValue(`${path}.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero'));
  else if (!hasUnavailable && !hasSurge)
    errors.push(required(`${path}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
}

/** What `validateDaemonSet` says of `next`, and then that the selector may not change. */
export function validateDaemonSetUpdate(next: DaemonSet, old: DaemonSet): FieldError[] {
  const errors = validateDaemonSet(next);
  checkImmutable(shownSelector(next.spec?.selector), shownSelector(old.spec?.selector), 'spec.selector', errors);
  return errors;
}

/** Upstream's `ValidateDaemonSetStatusUpdate`: no negative counts, and `collisionCount` only grows. */
export function validateDaemonSetStatusUpdate(next: DaemonSet, old: DaemonSet): FieldError[] {
  const errors: Errors = [];
  const counts = [
    'currentNumberScheduled',
    'numberMisscheduled',
    'desiredNumberScheduled',
    'numberReady',
    'observedGeneration',
    'updatedNumberScheduled',
    'numberAvailable',
    'numberUnavailable',
    'collisionCount',
  ];
  checkCounts(next.status ?? {}, counts, errors);
  checkCollisions(next.status?.collisionCount, old.status?.collisionCount, errors);
  return errors;
}
