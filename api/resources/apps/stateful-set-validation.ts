import { semanticEqual } from '../../meta/equality.ts';
import { checkLabel, checkNotNegative, unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import {
  checkAtMostHundredPercent,
  checkIntOrPercent,
  intOrPercentNumber,
} from '../../meta/int-or-percent-validation.ts';
import { shownSelector, validateLabels } from '../../meta/label-validation.ts';
import type {
  RollingUpdateStatefulSetStrategy,
  StatefulSet,
  StatefulSetSpec,
  StatefulSetUpdateStrategy,
} from '../../schema/generated/apps-v1.ts';
import { validateClaimSpec } from '../core/claim-spec-validation.ts';
import {
  checkSelectorMatches,
  selectorIfValid,
  validatePodTemplate,
  validateRunningTemplate,
} from '../core/pod-template-validation.ts';
import { checkCollisions, checkCounts, checkParts, validateSelector } from './replicas-validation.ts';

const retentionPolicies = ['Retain', 'Delete'];

/**
 * Upstream's `ValidateStatefulSet`, after defaults. Only here are the service name and the claim templates checked:
 * updates cannot change them.
 */
export function validateStatefulSet(set: StatefulSet): FieldError[] {
  const errors = validateCommon(set);
  if (set.spec?.serviceName) checkLabel(set.spec.serviceName, 'spec.serviceName', errors);
  for (const [index, claim] of (set.spec?.volumeClaimTemplates ?? []).entries())
    validateClaimSpec(claim.spec ?? {}, `spec.volumeClaimTemplates[${index}].spec`, errors);
  return errors;
}

function validateCommon({ spec }: StatefulSet): Errors {
  const errors: Errors = [];
  if (!spec) return errors;
  const policy = spec.podManagementPolicy;
  if (!policy) errors.push(required('spec.podManagementPolicy'));
  else if (policy !== 'OrderedReady' && policy !== 'Parallel')
    errors.push(invalidValue('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  validateUpdateStrategy(spec.updateStrategy ?? {}, errors);
  const { whenDeleted, whenScaled } = spec.persistentVolumeClaimRetentionPolicy ?? {};
  checkRetention(whenDeleted, 'whenDeleted', errors);
  checkRetention(whenScaled, 'whenScaled', errors);
  checkNotNegative(spec.replicas, 'spec.replicas', errors);
  checkNotNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors);
  checkNotNegative(spec.ordinals?.start, 'spec.ordinals.start', errors);
  validateSelector(spec.selector, 'statefulset', errors);
  const selector = selectorIfValid(spec.selector);
  if (!selector) errors.push(invalidValue('spec.selector', shownSelector(spec.selector), ''));
  else {
    checkSelectorMatches(selector, spec.template, 'spec.template', errors);
    // Upstream looks at the labels twice, and says both times what it finds.
    validateLabels(spec.template.metadata?.labels, 'spec.template.labels', errors);
    validatePodTemplate(spec.template, 'spec.template', errors);
  }
  validateRunningTemplate(spec.template, 'StatefulSet', 'spec.template', errors);
  return errors;
}

function checkRetention(policy: string | undefined, field: string, errors: Errors): void {
  if (policy !== undefined && !retentionPolicies.includes(policy))
    errors.push(unsupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, policy, retentionPolicies));
}

/** As upstream's messages show it: its internal type. */
function internalUpdate({ partition, maxUnavailable }: RollingUpdateStatefulSetStrategy): unknown {
  return { Partition: partition ?? 0, MaxUnavailable: maxUnavailable ?? null };
}

function validateUpdateStrategy({ type, rollingUpdate }: StatefulSetUpdateStrategy, errors: Errors): void {
  const path = 'spec.updateStrategy';
  const shown = rollingUpdate ? internalUpdate(rollingUpdate) : null;
  if (!type) errors.push(required(path));
  else if (type === 'OnDelete') {
    if (rollingUpdate)
      errors.push(invalidValue(`${path}.rollingUpdate`, shown, "only allowed for updateStrategy 'RollingUpdate'"));
  } else if (type !== 'RollingUpdate') {
    errors.push(invalidValue(path, { Type: type, RollingUpdate: shown }, "must be 'RollingUpdate' or 'OnDelete'"));
  } else if (rollingUpdate) {
    const at = `${path}.rollingUpdate`;
    checkNotNegative(rollingUpdate.partition, `${at}.partition`, errors);
    const { maxUnavailable } = rollingUpdate;
    if (maxUnavailable === undefined) return;
    checkIntOrPercent(maxUnavailable, `${at}.maxUnavailable`, errors);
    if (intOrPercentNumber(maxUnavailable) === 0)
      errors.push(invalidValue(`${at}.maxUnavailable`, maxUnavailable, 'cannot be 0'));
    checkAtMostHundredPercent(maxUnavailable, `${at}.maxUnavailable`, errors);
  }
}

/**
 * Upstream's `ValidateStatefulSetUpdate`: what is wrong with `next`, and then one error for the whole spec if a field
 * changed that may not.
 */
export function validateStatefulSetUpdate(next: StatefulSet, old: StatefulSet): FieldError[] {
  const errors = validateCommon(next);
  const changeable: (keyof StatefulSetSpec)[] = [
    'replicas',
    'template',
    'updateStrategy',
    'minReadySeconds',
    'ordinals',
    'revisionHistoryLimit',
    'persistentVolumeClaimRetentionPolicy',
  ];
  const rest = { ...next.spec };
  const oldRest = { ...old.spec };
  for (const field of changeable) {
    delete rest[field];
    delete oldRest[field];
  }
  if (!semanticEqual(rest, oldRest)) {
    const why =
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
    errors.push(forbiddenField('spec', why));
  }
  return errors;
}

/**
 * Upstream's `ValidateStatefulSetStatusUpdate`: no negative counts, no part above its whole (available ones are ready
 * ones too), and `collisionCount` only grows.
 */
export function validateStatefulSetStatusUpdate(next: StatefulSet, old: StatefulSet): FieldError[] {
  const errors: Errors = [];
  const status = next.status ?? { replicas: 0 };
  const counts = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
  checkCounts(status, [...counts, 'observedGeneration', 'collisionCount'], errors);
  const parts = ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'];
  checkParts(status, 'replicas', parts, 'cannot be greater than status.replicas', errors);
  checkParts(status, 'readyReplicas', ['availableReplicas'], 'cannot be greater than status.readyReplicas', errors);
  checkCollisions(status.collisionCount, old.status?.collisionCount, errors);
  return errors;
}
