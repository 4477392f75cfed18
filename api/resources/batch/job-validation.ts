import { semanticEqual } from '../../meta/equality.ts';
import {
  checkDomainPrefixedPath,
  checkImmutable,
  checkNotNegative,
  immutable,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { invalidValue, required, tooLong, type FieldError } from '../../meta/field-error.ts';
import { shownSelector, sortedMap, validateLabelSelector } from '../../meta/label-validation.ts';
import { isDns1123Label } from '../../meta/names.ts';
import type { Job, JobSpec } from '../../schema/generated/batch-v1.ts';
import type { Container, PodSpec, PodTemplateSpec } from '../../schema/generated/core-v1.ts';
import { internalPodSpec, internalTemplate } from '../core/internal-form.ts';
import { selectorIfValid, validatePodTemplate } from '../core/pod-template-validation.ts';
import { validateFailurePolicy } from './failure-policy-validation.ts';
import { validateSuccessPolicy } from './success-policy-validation.ts';

const maxIndexes = 100_000;
const maxParallelismOfMany = 10_000;
const managerMaxLength = 63;

/**
 * Upstream's `ValidateJob`, after defaults and after the server made the selector, unless `manualSelector` is set. The
 * name of an Indexed job must leave room for the largest index in its pods' hostnames.
 */
export function validateJob(job: Job): FieldError[] {
  const errors: Errors = [];
  const { spec, metadata } = job;
  if (!spec) return errors;
  validateGeneratedSelector(job, errors);
  validateSelectedSpec(spec, errors);
  if (spec.completionMode === 'Indexed' && spec.completions) {
    const hostname = `${metadata.name}-${spec.completions - 1}`;
    if (isDns1123Label(hostname).length > 0) {
      const why = `will not able to create pod with invalid DNS label: ${hostname}`;
      errors.push(invalidValue('metadata.name', metadata.name ?? '', why));
    }
  }
  return errors;
}

/** The selector that the server made, and the labels it selects, must be as it makes them. */
function validateGeneratedSelector({ metadata, spec }: Job, errors: Errors): void {
  if (!spec || spec.manualSelector || !spec.selector) return;
  const { uid = '', name = '' } = metadata;
  if (!uid) errors.push(required('metadata.uid'));
  const expected: Record<string, string> = {
    'controller-uid': uid,
    'job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
  };
  const labels = spec.template.metadata?.labels;
  for (const [key, value] of Object.entries(expected)) {
    const field = `spec.template.metadata.labels[${key}]`;
    const why = `must be '${value}'`;
    if (labels?.[key] === undefined) errors.push(required(field, why));
    else if (labels[key] !== value) errors.push(invalidValue(field, sortedMap(labels), why));
  }
  const selector = selectorIfValid(spec.selector);
  if (selector && !selector.matches(expected))
    errors.push(invalidValue('spec.selector', shownSelector(spec.selector), '`selector` not auto-generated'));
}

function validateSelectedSpec(spec: JobSpec, errors: Errors): void {
  validateJobSpec(spec, 'spec', errors);
  if (!spec.selector) errors.push(required('spec.selector'));
  else validateLabelSelector(spec.selector, 'spec.selector', errors);
  const selector = selectorIfValid(spec.selector);
  const labels = spec.template.metadata?.labels;
  if (selector && !selector.matches(labels))
    errors.push(
      invalidValue('spec.template.metadata.labels', sortedMap(labels), '`selector` does not match template `labels`'),
    );
}

/** What holds for the spec of a job also where it is the template of a CronJob. */
export function validateJobSpec(spec: JobSpec, path: string, errors: Errors): void {
  for (const field of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const)
    checkNotNegative(spec[field], `${path}.${field}`, errors);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (spec.managedBy !== undefined) {
    checkDomainPrefixedPath(spec.managedBy, `${path}.managedBy`, errors);
    if (Buffer.byteLength(spec.managedBy) > managerMaxLength)
      errors.push(tooLong(`${path}.managedBy`, managerMaxLength));
  }
  validateCompletionMode(spec, path, errors);
  if (spec.podFailurePolicy) validateFailurePolicy(spec, `${path}.podFailurePolicy`, errors);
  if (spec.successPolicy) validateSuccessPolicy(spec, `${path}.successPolicy`, errors);
  validateReplacementPolicy(spec, `${path}.podReplacementPolicy`, errors);
  validatePodTemplate(spec.template, `${path}.template`, errors);
  validateRestartPolicy(spec, `${path}.template.spec.restartPolicy`, errors);
}

function validateCompletionMode(spec: JobSpec, path: string, errors: Errors): void {
  const { completionMode: mode, completions, parallelism, maxFailedIndexes, backoffLimitPerIndex } = spec;
  if (mode !== undefined && mode !== 'NonIndexed' && mode !== 'Indexed')
    errors.push(unsupported(`${path}.completionMode`, mode, ['NonIndexed', 'Indexed']));
  if (mode === undefined || mode === 'NonIndexed') {
    const why = 'requires indexed completion mode';
    if (backoffLimitPerIndex !== undefined)
      errors.push(invalidValue(`${path}.backoffLimitPerIndex`, backoffLimitPerIndex, why));
    if (maxFailedIndexes !== undefined) errors.push(invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, why));
  }
  if (mode !== 'Indexed') return;
  if (completions === undefined) errors.push(required(`${path}.completions`, 'when completion mode is Indexed'));
  const atMost = (value: number | undefined, max: number, field: string, when: string): void => {
    if (value !== undefined && value > max)
      errors.push(invalidValue(`${path}.${field}`, value, `must be less than or equal to ${max} ${when}`));
  };
  atMost(parallelism, maxIndexes, 'parallelism', 'when completion mode is Indexed');
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions)
    errors.push(
      invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'),
    );
  if (maxFailedIndexes !== undefined && maxFailedIndexes > maxIndexes)
    errors.push(
      invalidValue(`${path}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${maxIndexes}`),
    );
  if (backoffLimitPerIndex === undefined || completions === undefined || completions <= maxIndexes) return;
  const above = `when completions are above ${maxIndexes} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined)
    errors.push(required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${maxIndexes}`));
  atMost(parallelism, maxParallelismOfMany, 'parallelism', above);
  atMost(maxFailedIndexes, maxParallelismOfMany, 'maxFailedIndexes', above);
}

function validateReplacementPolicy(spec: JobSpec, field: string, errors: Errors): void {
  const policy = spec.podReplacementPolicy;
  if (policy === undefined) return;
  if (spec.podFailurePolicy) {
    if (policy !== 'Failed') errors.push(unsupported(field, policy, ['Failed']));
  } else if (policy !== 'Failed' && policy !== 'TerminatingOrFailed')
    errors.push(unsupported(field, policy, ['Failed', 'TerminatingOrFailed']));
}

function validateRestartPolicy(spec: JobSpec, field: string, errors: Errors): void {
  const policy = spec.template.spec?.restartPolicy ?? '';
  if (policy === '' || policy === 'Always') errors.push(required(field, 'valid values: "OnFailure", "Never"'));
  else if (policy !== 'OnFailure' && policy !== 'Never')
    errors.push(unsupported(field, policy, ['OnFailure', 'Never']));
  else if (spec.podFailurePolicy && policy !== 'Never')
    errors.push(invalidValue(field, policy, 'only "Never" is supported when podFailurePolicy is specified'));
}

/**
 * Upstream's checks of an update: what is wrong with `next`, and then what may not change. Completions may, of an
 * Indexed job and together with parallelism (KEP-3715); parts of the template, while the job is suspended and no pod is
 * active.
 */
export function validateJobUpdate(next: Job, old: Job): FieldError[] {
  // Upstream looks at the spec twice, and says both times what it finds.
  const errors: Errors = validateJob(next);
  const { spec } = next;
  const before = old.spec;
  if (!spec || !before) return errors;
  validateSelectedSpec(spec, errors);
  validateCompletionsChange(spec, before, errors);
  checkImmutable(shownSelector(spec.selector), shownSelector(before.selector), 'spec.selector', errors);
  validateTemplateChange(spec, old, errors);
  checkImmutable(spec.completionMode, before.completionMode, 'spec.completionMode', errors);
  checkImmutable(spec.podFailurePolicy, before.podFailurePolicy, 'spec.podFailurePolicy', errors);
  checkImmutable(spec.backoffLimitPerIndex, before.backoffLimitPerIndex, 'spec.backoffLimitPerIndex', errors);
  checkImmutable(spec.managedBy, before.managedBy, 'spec.managedBy', errors);
  checkImmutable(spec.successPolicy, before.successPolicy, 'spec.successPolicy', errors);
  return errors;
}

/** An indexed job may grow and shrink, as far as all its indexes run at once. */
function validateCompletionsChange(spec: JobSpec, before: JobSpec, errors: Errors): void {
  if (spec.completionMode !== 'Indexed') {
    checkImmutable(spec.completions, before.completions, 'spec.completions', errors);
    return;
  }
  // That an indexed job must say how many is said already.
  if (spec.completions === undefined || spec.completions === before.completions) return;
  if (spec.completions !== spec.parallelism) {
    const why = 'can only be modified in tandem with spec.parallelism';
    errors.push(invalidValue('spec.completions', spec.completions, why));
  }
}

/**
 * A suspended job without running pods may still be told where its pods are to run (KEP-2926) and what they need
 * (KEP-5440).
 */
function validateTemplateChange({ template }: JobSpec, old: Job, errors: Errors): void {
  if (!old.spec) return;
  const before = old.spec.template;
  if (!mayChangeTemplate(old)) {
    if (!semanticEqual(template, before))
      errors.push(invalidValue('spec.template', internalTemplate(template), immutable));
    return;
  }
  const placed = withPlacement(before, template);
  if (!semanticEqual(template.metadata, placed.metadata))
    errors.push(invalidValue('spec.template', internalTemplate(template), immutable));
  if (!semanticEqual(template.spec, withResources(placed.spec!, template.spec)))
    errors.push(invalidValue('spec.template.spec', internalPodSpec(template.spec!), immutable));
}

function mayChangeTemplate({ spec, status = {} }: Job): boolean {
  if (spec?.suspend !== true || (status.active ?? 0) > 0) return false;
  const isSuspended = status.conditions?.some(({ type, status: holds }) => type === 'Suspended' && holds === 'True');
  return status.startTime === undefined || isSuspended === true;
}

function withPlacement(old: PodTemplateSpec, next: PodTemplateSpec): PodTemplateSpec {
  const { nodeSelector, tolerations, schedulingGates, affinity } = next.spec ?? { containers: [] };
  return {
    metadata: { ...old.metadata, labels: next.metadata?.labels, annotations: next.metadata?.annotations },
    spec: {
      ...old.spec!,
      affinity: { ...old.spec?.affinity, nodeAffinity: affinity?.nodeAffinity },
      nodeSelector,
      tolerations,
      schedulingGates,
    },
  };
}

function withResources(old: PodSpec, next: PodSpec | undefined): PodSpec {
  const taken = <C extends Container>(before: C[] | undefined, after: C[] = []): C[] | undefined =>
    before?.length === after.length
      ? before.map((container, i) =>
          container.name === after[i]!.name ? { ...container, resources: after[i]!.resources } : container,
        )
      : before;
  return {
    ...old,
    containers: taken(old.containers, next?.containers) ?? [],
    initContainers: taken(old.initContainers, next?.initContainers),
  };
}
