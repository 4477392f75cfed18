import { semanticEqual } from '../../meta/equality.ts';
import { checkRange, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import type {
  Container,
  NodeAffinity,
  NodeSelectorTerm,
  Pod,
  PodSchedulingGate,
  PodSpec,
  Toleration,
} from '../../schema/generated/core-v1.ts';
import { jsonDiff } from '../../meta/text-diff.ts';
import { internalPodSpec } from './internal-form.ts';
import { validateTolerations } from './affinity-validation.ts';
import { appArmorAnnotationPrefix, mirrorPodAnnotation, validatePodAnnotations } from './pod-annotations-validation.ts';
import { validateAnnotationsAndSpec } from './pod-validation.ts';

const maxInt32 = 2 ** 31 - 1;

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** What is wrong with an update of a pod: nearly nothing of its spec may change once it is there. */
export function validatePodUpdate(next: Pod, old: Pod): FieldError[] {
  const errors: Errors = [];
  validateAnnotationsAndSpec(next, errors);
  validateAnnotationChange(next, old, errors);
  const spec = next.spec!;
  const oldSpec = old.spec!;
  for (const list of ['containers', 'initContainers'] as const) {
    if ((spec[list]?.length ?? 0) !== (oldSpec[list]?.length ?? 0)) {
      errors.push(forbiddenField(`spec.${list}`, 'pod updates may not add or remove containers'));
      return errors;
    }
    for (const [index, container] of (spec[list] ?? []).entries())
      checkImage(container, `spec.${list}[${index}]`, errors);
  }
  if (!validateDeadline(spec, oldSpec, errors)) return errors;
  validateAddedTolerations(spec.tolerations, oldSpec.tolerations, 'spec.tolerations', errors);
  validateDeletedGates(spec.schedulingGates, oldSpec.schedulingGates, 'spec.schedulingGates', errors);
  if (semanticEqual(spec, oldSpec)) return errors;
  const rest = withoutChangeable(spec, oldSpec);
  if (oldSpec.schedulingGates?.length) validateGatedChange(rest, oldSpec, errors);
  if (!semanticEqual(rest, oldSpec))
    errors.push(
      forbiddenField('spec', `pod updates may not change fields other than ${changeable}\n${specDiff(rest, oldSpec)}`),
    );
  return errors;
}

/** What differs, as upstream's message shows it. */
function specDiff(next: PodSpec, old: PodSpec): string {
  return jsonDiff(internalPodSpec(old), internalPodSpec(next));
}

function checkImage({ image }: Container, path: string, errors: Errors): void {
  if (!image) errors.push(required(`${path}.image`));
  else if (image.trim() !== image)
    errors.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'));
}

/** A deadline may be set, and then only come nearer. False where nothing else needs looking at. */
function validateDeadline(
  { activeDeadlineSeconds: next }: PodSpec,
  { activeDeadlineSeconds: old }: PodSpec,
  errors: Errors,
): boolean {
  const field = 'spec.activeDeadlineSeconds';
  if (next === undefined) {
    if (old !== undefined)
      errors.push(invalidValue(field, null, 'must not update from a positive integer to nil value'));
    return true;
  }
  const before = errors.length;
  checkRange(next, 0, maxInt32, field, errors);
  if (errors.length === before && old !== undefined && old < next)
    errors.push(invalidValue(field, next, 'must be less than or equal to previous value'));
  return errors.length === before;
}

/** Tolerations may be added; of those there are, only how long they last may change. */
function validateAddedTolerations(
  next: readonly Toleration[] | undefined,
  old: readonly Toleration[] | undefined,
  path: string,
  errors: Errors,
): void {
  for (const before of old ?? []) {
    const isThere = next?.some((now) => semanticEqual({ ...before, tolerationSeconds: now.tolerationSeconds }, now));
    if (isThere) continue;
    errors.push(forbiddenField(path, 'existing toleration can not be modified except its tolerationSeconds'));
    return;
  }
  validateTolerations(next, path, errors);
}

function validateDeletedGates(
  next: readonly PodSchedulingGate[] | undefined,
  old: readonly PodSchedulingGate[] | undefined,
  path: string,
  errors: Errors,
): void {
  for (const [index, { name }] of (next ?? []).entries()) {
    if (old?.some((gate) => gate.name === name)) continue;
    const why = `only deletion is allowed, but found new scheduling gate '${name}'`;
    errors.push(forbiddenField(`${path}[${index}].name`, why));
  }
}

/** The new spec with what may change, or was looked at already, as it was. */
function withoutChangeable(next: PodSpec, old: PodSpec): PodSpec {
  const withOldImages = (list: 'containers' | 'initContainers'): Container[] | undefined =>
    next[list]?.map((container, index) => ({ ...container, image: old[list]?.[index]?.image }));
  const wasNegative = (old.terminationGracePeriodSeconds ?? 0) < 0 && next.terminationGracePeriodSeconds === 1;
  return {
    ...next,
    containers: withOldImages('containers') ?? [],
    initContainers: withOldImages('initContainers'),
    activeDeadlineSeconds: old.activeDeadlineSeconds,
    schedulingGates: old.schedulingGates,
    tolerations: old.tolerations,
    terminationGracePeriodSeconds: wasNegative ? old.terminationGracePeriodSeconds : next.terminationGracePeriodSeconds,
  };
}

/** A pod that waits for its gates may still be told more narrowly where to run. Undoes in `rest` what is fine. */
function validateGatedChange(rest: PodSpec, old: PodSpec, errors: Errors): void {
  if (!semanticEqual(rest.nodeSelector, old.nodeSelector)) {
    const isKept = Object.entries(old.nodeSelector ?? {}).every(([key, value]) => rest.nodeSelector?.[key] === value);
    if (!isKept) {
      const why = 'only additions to spec.nodeSelector are allowed (no mutations or deletions)';
      errors.push(invalidValue('spec.nodeSelector', rest.nodeSelector ?? null, why));
    }
    rest.nodeSelector = old.nodeSelector;
  }
  const next = rest.affinity?.nodeAffinity;
  const before = old.affinity?.nodeAffinity;
  if (semanticEqual(next, before)) return;
  validateNodeAffinityChange(next, before, errors);
  rest.affinity = { ...rest.affinity, nodeAffinity: before };
}

function validateNodeAffinityChange(
  next: NodeAffinity | undefined,
  old: NodeAffinity | undefined,
  errors: Errors,
): void {
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms';
  const terms = next?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const oldTerms = old?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (oldTerms.length === 0) return;
  if (terms.length !== oldTerms.length) {
    const why = 'no additions/deletions to non-empty NodeSelectorTerms list are allowed';
    errors.push(invalidValue(path, terms.map(internalTerm), why));
    return;
  }
  for (const [index, term] of terms.entries()) {
    if (onlyAdds(term, oldTerms[index]!)) continue;
    const why = 'only additions are allowed (no mutations or deletions)';
    errors.push(invalidValue(`${path}[${index}]`, internalTerm(term), why));
  }
}

function onlyAdds(next: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  const isEmpty = (term: NodeSelectorTerm): boolean => !term.matchExpressions?.length && !term.matchFields?.length;
  if (isEmpty(old)) return isEmpty(next);
  return (['matchExpressions', 'matchFields'] as const).every((list) => {
    const before = old[list] ?? [];
    return semanticEqual((next[list] ?? []).slice(0, before.length), before);
  });
}

/** As upstream's message shows it: its internal type. */
function internalTerm({ matchExpressions, matchFields }: NodeSelectorTerm): unknown {
  const list = (items: NodeSelectorTerm['matchFields']): unknown =>
    items?.map(({ key, operator, values }) => ({ Key: key, Operator: operator, Values: values ?? null })) ?? null;
  return { MatchExpressions: list(matchExpressions), MatchFields: list(matchFields) };
}

/** Annotations that say what the kubelet did already cannot change. */
export function validateAnnotationChange(next: Pod, old: Pod, errors: Errors): void {
  const now = next.metadata.annotations ?? {};
  const before = old.metadata.annotations ?? {};
  for (const key in before) {
    if (now[key] === before[key]) continue;
    const field = `metadata.annotations[${key}]`;
    if (key.startsWith(appArmorAnnotationPrefix))
      errors.push(forbiddenField(field, 'may not remove or update AppArmor annotations'));
    if (key === mirrorPodAnnotation)
      errors.push(forbiddenField(field, 'may not remove or update mirror pod annotation'));
  }
  for (const key in now) {
    if (Object.hasOwn(before, key)) continue;
    const field = `metadata.annotations[${key}]`;
    if (key.startsWith(appArmorAnnotationPrefix))
      errors.push(forbiddenField(field, 'may not add AppArmor annotations'));
    if (key === mirrorPodAnnotation) errors.push(forbiddenField(field, 'may not add mirror pod annotation'));
  }
  validatePodAnnotations(next.metadata.annotations, next.spec!, 'metadata.annotations', errors);
}
