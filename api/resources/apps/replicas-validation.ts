import { checkNotNegative, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required } from '../../meta/field-error.ts';
import { shownSelector, validateLabelSelector } from '../../meta/label-validation.ts';
import type { PodTemplateSpec } from '../../schema/generated/core-v1.ts';
import type { LabelSelector } from '../../schema/generated/meta-v1.ts';
import {
  checkSelectorMatches,
  selectorIfValid,
  validatePodTemplate,
  validateRunningTemplate,
} from '../core/pod-template-validation.ts';

/** A selector that says something. `owner` is as messages call it. */
export function validateSelector(selector: LabelSelector | undefined, owner: string, errors: Errors): void {
  if (!selector) {
    errors.push(required('spec.selector'));
    return;
  }
  validateLabelSelector(selector, 'spec.selector', errors);
  const isEmptySelector =
    Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0;
  if (isEmptySelector)
    errors.push(invalidValue('spec.selector', shownSelector(selector), `empty selector is invalid for ${owner}`));
}

/** Selector and template of what keeps a number of equal pods: Deployments and ReplicaSets. */
export function validateSelectorAndTemplate(
  { selector, template }: { selector?: LabelSelector; template?: PodTemplateSpec },
  errors: Errors,
): void {
  validateSelector(selector, 'deployment', errors);
  const parsed = selectorIfValid(selector);
  if (!parsed) errors.push(invalidValue('spec.selector', shownSelector(selector), 'invalid label selector'));
  else if (template) {
    checkSelectorMatches(parsed, template, 'spec.template', errors);
    validatePodTemplate(template, 'spec.template', errors);
    validateRunningTemplate(template, 'ReplicaSet', 'spec.template', errors);
  }
}

/** Counts of a status: none negative. */
export function checkCounts(status: object, fields: readonly string[], errors: Errors): void {
  const counts = status as Readonly<Record<string, number | undefined>>;
  for (const field of fields) checkNotNegative(counts[field], `status.${field}`, errors);
}

/** Counts of a status that are part of another; what is not said is none. */
export function checkParts(
  status: object,
  of: string,
  parts: readonly string[],
  message: string,
  errors: Errors,
): void {
  const counts = status as Readonly<Record<string, number | undefined>>;
  for (const part of parts) {
    const count = counts[part] ?? 0;
    if (count > (counts[of] ?? 0)) errors.push(invalidValue(`status.${part}`, count, message));
  }
}

/** A count of collisions only grows. */
export function checkCollisions(next: number | undefined, old: number | undefined, errors: Errors): void {
  if (old !== undefined && (next === undefined || next < old))
    errors.push(invalidValue('status.collisionCount', next ?? 0, 'cannot be decremented'));
}
