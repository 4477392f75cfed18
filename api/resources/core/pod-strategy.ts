import type { LabelSelector } from '../../schema/generated/meta-v1.ts';
import type { Pod, PodAffinityTerm } from '../../schema/generated/core-v1.ts';
import { keepField } from '../strategy.ts';
import { qosClassOf } from './pod-qos.ts';

/** A new pod is pending, whatever the client says. */
export function preparePodForCreate(pod: Pod): void {
  pod.status = { phase: 'Pending', qosClass: qosClassOf(pod) };
  if (pod.spec?.schedulingGates?.length) {
    pod.status.conditions = [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
      },
    ];
  }
  resolveMatchLabelKeys(pod);
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
