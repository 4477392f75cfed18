import { semanticEqual } from '../../meta/equality.ts';
import type { LabelSelector } from '../../schema/generated/meta-v1.ts';
import type { AppArmorProfile, Pod, PodAffinityTerm, PodCondition } from '../../schema/generated/core-v1.ts';
import type { WriteContext } from '../define-resource.ts';
import { keepField, keepStatus, nullTimes } from '../strategy.ts';
import { appArmorAnnotationPrefix, profileOf } from './pod-annotations-validation.ts';
import { dropDisabledFields } from './pod-disabled-fields.ts';
import { qosClassOf } from './pod-qos.ts';
import { appArmorDeprecation } from './pod-warnings.ts';

/** A new pod is pending, whatever the client says. */
export function preparePodForCreate(pod: Pod, context?: WriteContext): void {
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod) };
  dropDisabledFields(pod.spec);
  if (pod.spec?.schedulingGates?.length) {
    const gated: PodCondition = {
      type: 'PodScheduled',
      status: 'False',
      reason: 'SchedulingGated',
      message: 'Scheduling is blocked due to non-empty scheduling gates',
      lastTransitionTime: pod.metadata.creationTimestamp,
    };
    nullTimes(gated, 'lastProbeTime');
    pod.status.conditions = [gated];
  }
  resolveMatchLabelKeys(pod);
  resolveAppArmorAnnotations(pod, context);
}

/** Changes `next` in place: it gets the old status, and loses what belongs to features that are off and is new. */
export function preparePodForUpdate(next: Pod, old: Pod): void {
  keepStatus(next, old);
  dropDisabledFields(next.spec, old.spec);
}

/** The kubelet writes the status; spec and owners are not its to change. */
export function preparePodStatus(next: Pod, old: Pod): void {
  keepField(next, old, 'spec');
  delete next.metadata.deletionTimestamp;
  keepField(next.metadata, old.metadata, 'ownerReferences');
  const status = (next.status ??= {});
  // Given once, at creation; some kubelets leave it out.
  if (!status.qosClass && old.status?.qosClass) status.qosClass = old.status.qosClass;
  if (!status.observedGeneration && old.status?.observedGeneration)
    status.observedGeneration = old.status.observedGeneration;
  keepObservedGenerations(status.conditions, old.status?.conditions);
}

/** Older kubelets know nothing of the generations that conditions were made of. There may be several of one type. */
function keepObservedGenerations(conditions: PodCondition[] = [], old: readonly PodCondition[] = []): void {
  const left = [...old];
  for (const condition of conditions) {
    const at = left.findIndex(({ type }) => type === condition.type);
    if (at < 0) continue;
    const [before] = left.splice(at, 1);
    if (!condition.observedGeneration && before?.observedGeneration)
      condition.observedGeneration = before.observedGeneration;
  }
}

/** What a delete waits for by default: nothing where no kubelet has the pod, or where it has ended. */
export function podGracePeriodSeconds({ spec, status }: Pod): number {
  if (!spec?.nodeName || status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0;
  return spec.terminationGracePeriodSeconds ?? 0;
}

/** `matchLabelKeys` mean the pod's own labels: written into the selectors, the scheduler need not look them up. */
function resolveMatchLabelKeys({ metadata, spec }: Pod): void {
  for (const side of [spec?.affinity?.podAffinity, spec?.affinity?.podAntiAffinity]) {
    for (const term of side?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
      addLabelKeys(term, metadata.labels ?? {});
    for (const { podAffinityTerm } of side?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      addLabelKeys(podAffinityTerm, metadata.labels ?? {});
  }
  for (const constraint of spec?.topologySpreadConstraints ?? []) {
    const { labelSelector, matchLabelKeys } = constraint;
    if (labelSelector) addExpressions(labelSelector, matchLabelKeys, 'In', metadata.labels ?? {});
  }
}

function addLabelKeys(term: PodAffinityTerm | undefined, labels: Record<string, string>): void {
  if (!term?.labelSelector) return;
  addExpressions(term.labelSelector, term.matchLabelKeys, 'In', labels);
  addExpressions(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels);
}

function addExpressions(
  selector: LabelSelector,
  keys: readonly string[] | undefined,
  operator: string,
  labels: Record<string, string>,
): void {
  for (const key of keys ?? []) {
    const value = labels[key];
    if (value === undefined) continue;
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }];
  }
}

/** The old way to say a container's AppArmor profile is an annotation: kubelets look at the field. */
function resolveAppArmorAnnotations({ metadata, spec }: Pod, context: WriteContext | undefined): void {
  if (!spec || !metadata.annotations || spec.os?.name === 'windows') return;
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const container of spec[list] ?? []) {
      const key = `${appArmorAnnotationPrefix}${container.name}`;
      const annotation = metadata.annotations[key];
      if (annotation === undefined || container.securityContext?.appArmorProfile) continue;
      const profile = fieldOf(annotation);
      if (profile && semanticEqual(profile, spec.securityContext?.appArmorProfile)) continue;
      if (profile) (container.securityContext ??= {}).appArmorProfile = profile;
      context?.warn?.(`metadata.annotations[${key}]: ${appArmorDeprecation}`);
    }
  }
}

/** Undefined where the annotation is none that a field could say. */
function fieldOf(annotation: string): AppArmorProfile | undefined {
  if (!['', 'runtime/default', 'unconfined'].includes(annotation) && !annotation.startsWith('localhost/'))
    return undefined;
  const [type, localhostProfile] = profileOf(annotation);
  if (type !== 'Localhost') return annotation === '' ? undefined : { type };
  const name = localhostProfile?.trim();
  return name && name === localhostProfile ? { type, localhostProfile } : undefined;
}
