import {
  checkLabel,
  checkNotNegative,
  checkObjectReference,
  checkPathSegment,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { compareQuantities } from '../../meta/quantity.ts';
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
  MetricTarget,
} from '../../schema/generated/autoscaling-v2.ts';
import { validateContainerResourceName } from '../core/resource-validation.ts';

const maxWindowSeconds = 3600;
const maxPeriodSeconds = 1800;

/**
 * Upstream's `ValidateHorizontalPodAutoscaler` of a new one in the form of v2, after defaults. `minReplicas` is at
 * least 1: only one that had 0 already may keep it.
 */
export function validateAutoscaler(next: HorizontalPodAutoscaler): FieldError[] {
  return validateSpec(next, undefined);
}

/** What was let in before a rule was made may stay, as long as nobody touches it. */
export function validateAutoscalerUpdate(next: HorizontalPodAutoscaler, old: HorizontalPodAutoscaler): FieldError[] {
  return validateSpec(next, old);
}

function validateSpec({ spec }: HorizontalPodAutoscaler, old: HorizontalPodAutoscaler | undefined): FieldError[] {
  const errors: Errors = [];
  if (!spec) return errors;
  const { minReplicas, maxReplicas = 0, metrics = [], behavior, scaleTargetRef } = spec;
  const fewest = old?.spec?.minReplicas === 0 ? 0 : 1;
  if (minReplicas !== undefined && minReplicas < fewest)
    errors.push(invalidValue('spec.minReplicas', minReplicas, `must be greater than or equal to ${fewest}`));
  if (maxReplicas === 0) errors.push(required('spec.maxReplicas', 'must be set and greater than 0'));
  else if (maxReplicas < 1) errors.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than 0'));
  if (minReplicas !== undefined && maxReplicas < minReplicas)
    errors.push(invalidValue('spec.maxReplicas', maxReplicas, 'must be greater than or equal to `minReplicas`'));
  const before = old?.spec?.scaleTargetRef;
  const isSameTarget = before?.apiVersion === scaleTargetRef.apiVersion && before?.kind === scaleTargetRef.kind;
  // The one kind of the group without a name that can be scaled.
  const mayLackGroup = scaleTargetRef.kind === 'ReplicationController';
  const why = before && isSameTarget ? undefined : whyNoApiVersion(scaleTargetRef.apiVersion, mayLackGroup);
  validateReference(scaleTargetRef, why, 'spec.scaleTargetRef', errors);
  const wasWrong = old?.spec?.metrics?.some(
    ({ type, object }) => type === 'Object' && object && whyNoApiVersion(object.describedObject.apiVersion, true),
  );
  for (const [index, metric] of metrics.entries())
    validateMetric(metric, wasWrong === true, `spec.metrics[${index}]`, errors);
  if (minReplicas === 0 && !metrics.some(({ type }) => type === 'Object' || type === 'External')) {
    const lacking = 'must specify at least one Object or External metric to support scaling to zero replicas';
    errors.push(forbiddenField('spec.metrics', lacking));
  }
  if (behavior?.scaleUp) validateRules(behavior.scaleUp, 'spec.behavior.scaleUp', errors);
  if (behavior?.scaleDown) validateRules(behavior.scaleDown, 'spec.behavior.scaleDown', errors);
  return errors;
}

/** `whyNoVersion` is what is wrong with the API version, where that counts. */
function validateReference(
  { kind, name, apiVersion }: CrossVersionObjectReference,
  whyNoVersion: string | undefined,
  path: string,
  errors: Errors,
): void {
  checkObjectReference({ kind, name }, path, errors);
  if (whyNoVersion) errors.push(invalidValue(`${path}.apiVersion`, apiVersion ?? '', whyNoVersion));
}

function whyNoApiVersion(apiVersion = '', mayLackGroup: boolean): string | undefined {
  const parts = apiVersion === '/' ? [''] : apiVersion.split('/');
  if (parts.length > 2) return `unexpected GroupVersion string: ${apiVersion}`;
  return mayLackGroup || (parts.length === 2 && parts[0] !== '') ? undefined : 'apiVersion must specify API group';
}

/** In the order in which upstream complains of them; the field of each type. */
const metricFields = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
} as const;

function validateMetric(metric: MetricSpec, anyVersion: boolean, path: string, errors: Errors): void {
  const { type } = metric;
  const isKnown = type !== undefined && Object.hasOwn(metricFields, type);
  const unknownType = unsupported(`${path}.type`, type ?? '', Object.keys(metricFields));
  if (!type) errors.push(required(`${path}.type`, 'must specify a metric source type'));
  if (!isKnown) errors.push(unknownType);
  const present = (['object', 'external', 'pods', 'resource', 'containerResource'] as const).filter((f) => metric[f]);
  if (present.length > 0) validateSource({ metric, field: present[0]!, anyVersion }, path, errors);
  const expected = metricFields[type as keyof typeof metricFields];
  // Upstream says it again where it looks for the source.
  if (!isKnown) errors.push(unknownType);
  else if (!present.includes(expected))
    errors.push(required(`${path}.${expected}`, 'must populate information for the given metric source'));
  if (present.length === 1) return;
  for (const field of present)
    if (field !== expected)
      errors.push(forbiddenField(`${path}.${field}`, 'must populate the given metric source only'));
}

interface Source {
  readonly metric: MetricSpec;
  readonly field: (typeof metricFields)[keyof typeof metricFields];
  readonly anyVersion: boolean;
}

function validateSource({ metric, field, anyVersion }: Source, path: string, errors: Errors): void {
  const at = `${path}.${field}`;
  switch (field) {
    case 'object': {
      const source = metric.object!;
      const why = anyVersion ? undefined : whyNoApiVersion(source.describedObject.apiVersion, true);
      validateReference(source.describedObject, why, `${at}.describedObject`, errors);
      checkPathSegment(source.metric.name, `${at}.metric.name`, errors, 'must specify a metric name');
      validateTarget(source.target, `${at}.target`, errors);
      if (source.target.value === undefined && source.target.averageValue === undefined)
        errors.push(required(`${at}.target.averageValue`, 'must set either a target value or averageValue'));
      break;
    }
    case 'external': {
      const source = metric.external!;
      checkPathSegment(source.metric.name, `${at}.metric.name`, errors, 'must specify a metric name');
      validateTarget(source.target, `${at}.target`, errors);
      const { value, averageValue } = source.target;
      if (value === undefined && averageValue === undefined)
        errors.push(
          required(`${at}.target.averageValue`, 'must set either a target value for metric or a per-pod target'),
        );
      if (value !== undefined && averageValue !== undefined)
        errors.push(
          forbiddenField(`${at}.target.value`, 'may not set both a target value for metric and a per-pod target'),
        );
      break;
    }
    case 'pods': {
      const source = metric.pods!;
      checkPathSegment(source.metric.name, `${at}.metric.name`, errors, 'must specify a metric name');
      validateTarget(source.target, `${at}.target`, errors);
      if (source.target.averageValue === undefined)
        errors.push(required(`${at}.target.averageValue`, 'must specify a positive target averageValue'));
      break;
    }
    case 'containerResource':
    case 'resource': {
      const source = metric[field]!;
      if (!source.name) errors.push(required(`${at}.name`, 'must specify a resource name'));
      else if (field === 'containerResource') validateContainerResourceName(source.name, `${at}.name`, errors);
      if (field === 'containerResource') {
        const { container } = metric.containerResource!;
        if (!container) errors.push(required(`${at}.container`, 'must specify a container'));
        else checkLabel(container, `${at}.container`, errors);
      }
      validateTarget(source.target, `${at}.target`, errors);
      validateUtilization(source.target, `${at}.target`, errors);
    }
  }
}

function validateUtilization({ averageUtilization, averageValue }: MetricTarget, path: string, errors: Errors): void {
  if (averageUtilization === undefined && averageValue === undefined)
    errors.push(required(`${path}.averageUtilization`, 'must set either a target raw value or a target utilization'));
  if (averageUtilization !== undefined && averageValue !== undefined)
    errors.push(forbiddenField(`${path}.averageValue`, 'may not set both a target raw value and a target utilization'));
}

const targetTypes = ['Utilization', 'Value', 'AverageValue'];

function validateTarget(target: MetricTarget, path: string, errors: Errors): void {
  const { type, value, averageValue, averageUtilization } = target;
  if (!type) errors.push(required(`${path}.type`, 'must specify a metric target type'));
  if (!targetTypes.includes(type))
    errors.push(invalidValue(`${path}.type`, type ?? '', 'must be either Utilization, Value, or AverageValue'));
  if (value !== undefined && compareQuantities(value, '0') <= 0)
    errors.push(invalidValue(`${path}.value`, value, 'must be positive'));
  if (averageValue !== undefined && compareQuantities(averageValue, '0') <= 0)
    errors.push(invalidValue(`${path}.averageValue`, averageValue, 'must be positive'));
  if (averageUtilization !== undefined && averageUtilization < 1)
    errors.push(invalidValue(`${path}.averageUtilization`, averageUtilization, 'must be greater than 0'));
}

const selectPolicies = ['Disabled', 'Max', 'Min'];
const policyTypes = ['Percent', 'Pods'];

function validateRules(rules: HPAScalingRules, path: string, errors: Errors): void {
  const { stabilizationWindowSeconds: windowSeconds, selectPolicy, policies = [], tolerance } = rules;
  if (windowSeconds !== undefined && windowSeconds < 0) {
    const why = 'must be greater than or equal to zero';
    errors.push(invalidValue(`${path}.stabilizationWindowSeconds`, windowSeconds, why));
  }
  if (windowSeconds !== undefined && windowSeconds > maxWindowSeconds) {
    const why = `must be less than or equal to ${maxWindowSeconds}`;
    errors.push(invalidValue(`${path}.stabilizationWindowSeconds`, windowSeconds, why));
  }
  if (selectPolicy !== undefined && !selectPolicies.includes(selectPolicy))
    errors.push(unsupported(`${path}.selectPolicy`, selectPolicy, selectPolicies));
  if (policies.length === 0) errors.push(required(`${path}.policies`, 'must specify at least one Policy'));
  for (const [index, { type, value, periodSeconds }] of policies.entries()) {
    const at = `${path}.policies[${index}]`;
    if (!policyTypes.includes(type)) errors.push(unsupported(`${at}.type`, type ?? '', policyTypes));
    if (!(value > 0)) errors.push(invalidValue(`${at}.value`, value ?? 0, 'must be greater than zero'));
    if (!(periodSeconds > 0))
      errors.push(invalidValue(`${at}.periodSeconds`, periodSeconds ?? 0, 'must be greater than zero'));
    else if (periodSeconds > maxPeriodSeconds) {
      const why = `must be less than or equal to ${maxPeriodSeconds}`;
      errors.push(invalidValue(`${at}.periodSeconds`, periodSeconds, why));
    }
  }
  if (tolerance !== undefined && compareQuantities(tolerance, '0') < 0)
    errors.push(invalidValue(`${path}.tolerance`, tolerance, 'must be greater than or equal to 0'));
}

/** Upstream's `ValidateHorizontalPodAutoscalerStatusUpdate`: no negative replicas; metrics and conditions pass. */
export function validateAutoscalerStatusUpdate({ status }: HorizontalPodAutoscaler): FieldError[] {
  const errors: Errors = [];
  checkNotNegative(status?.currentReplicas, 'status.currentReplicas', errors);
  checkNotNegative(status?.desiredReplicas, 'status.desiredReplicas', errors);
  return errors;
}
