import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Pod, PodCondition } from '../../api/schema/generated/core-v1.ts';

export type ReadonlyPod = DeepReadonly<Pod>;

/** Runs, will run, and is not going away. */
export function isActive(pod: ReadonlyPod): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Succeeded or failed: its containers will not run again. */
export function isFinished(pod: ReadonlyPod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** The condition of that type, where the pod has it. */
export function podCondition(pod: ReadonlyPod, type: string): DeepReadonly<PodCondition> | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Does the condition Ready hold? */
export function isReady(pod: ReadonlyPod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** When the pod will have been ready for `minReadySeconds`, in ms since the epoch; undefined while it is not ready. */
export function availableAtMs(pod: ReadonlyPod, minReadySeconds: number): number | undefined {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  return ready.lastTransitionTime ? Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 : undefined;
}

/** Has the pod been ready for so long? */
export function isAvailable(pod: ReadonlyPod, minReadySeconds: number, nowMs: number): boolean {
  const atMs = availableAtMs(pod, minReadySeconds);
  return atMs !== undefined && atMs <= nowMs;
}

function restarts(pod: ReadonlyPod): number {
  return (pod.status?.containerStatuses ?? []).reduce((sum, status) => Math.max(sum, status.restartCount), 0);
}

const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * Which of two pods to delete first (negative: the first), as upstream's `ActivePodsWithRanks`: not assigned, then not
 * running, not ready, cheaper by annotation, more crowded on its node (`rank`), ready for a shorter time, more restarts, younger.
 */
export function compareForDeletion(a: ReadonlyPod, b: ReadonlyPod, rank: (pod: ReadonlyPod) => number): number {
  const flag = (x: boolean, y: boolean): number => Number(y) - Number(x);
  const time = (text: string | undefined): number => (text ? Date.parse(text) : 0);
  const readySince = (pod: ReadonlyPod): number => time(podCondition(pod, 'Ready')?.lastTransitionTime);
  return (
    flag(!a.spec?.nodeName, !b.spec?.nodeName) ||
    (phaseOrder[a.status?.phase ?? 'Pending'] ?? 0) - (phaseOrder[b.status?.phase ?? 'Pending'] ?? 0) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    rank(b) - rank(a) ||
    (isReady(a) && isReady(b) ? readySince(b) - readySince(a) : 0) ||
    restarts(b) - restarts(a) ||
    time(b.metadata.creationTimestamp) - time(a.metadata.creationTimestamp)
  );
}

function deletionCost(pod: ReadonlyPod): number {
  const cost = Number(pod.metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost'] ?? 0);
  return Number.isInteger(cost) ? cost : 0;
}
