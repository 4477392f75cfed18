import type { DeepReadonly } from '../../api/meta/object.ts';
import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '../../api/schema/generated/apps-v1.ts';
import {
  availableAtMs,
  compareForDeletion,
  isActive,
  isAvailable,
  isReady,
  type ReadonlyPod,
} from '../framework/pod-state.ts';

/** Pods that one look creates or deletes at most. */
export const burstReplicas = 500;

export interface ReplicaPlan {
  readonly create: number;
  readonly remove: readonly ReadonlyPod[];
}

/**
 * How many pods to create, or which to delete. `related` are the pods of all ReplicaSets of the same owner: a pod goes
 * first from the node where most of them are, so that a rollout leaves the pods spread.
 */
export function planReplicas(
  replicas: number,
  pods: readonly ReadonlyPod[],
  related: readonly ReadonlyPod[],
): ReplicaPlan {
  const active = pods.filter(isActive);
  const surplus = active.length - replicas;
  if (surplus <= 0) return { create: Math.min(replicas - active.length, burstReplicas), remove: [] };
  const onNode = new Map<string, number>();
  for (const pod of related)
    if (isActive(pod) && pod.spec?.nodeName) onNode.set(pod.spec.nodeName, (onNode.get(pod.spec.nodeName) ?? 0) + 1);
  const rank = (pod: ReadonlyPod): number => onNode.get(pod.spec?.nodeName ?? '') ?? 0;
  const remove = active.toSorted((a, b) => compareForDeletion(a, b, rank)).slice(0, Math.min(surplus, burstReplicas));
  return { create: 0, remove };
}

export interface StatusPlan {
  readonly status: ReplicaSetStatus;
  /** When a pod will become available without any event telling so, in ms since the epoch. */
  readonly nextChangeMs?: number;
}

/** The status as the pods have it. `failure` is why the last creation or deletion did not work. */
export function planReplicaSetStatus(
  replicaSet: DeepReadonly<ReplicaSet>,
  pods: readonly ReadonlyPod[],
  observed: {
    readonly failure?: { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string };
    readonly nowMs: number;
    readonly now: string;
  },
): StatusPlan {
  const active = pods.filter(isActive);
  const minReadySeconds = replicaSet.spec?.minReadySeconds ?? 0;
  const templateLabels = Object.entries(replicaSet.spec?.template?.metadata?.labels ?? {});
  const waiting = active
    .map((pod) => availableAtMs(pod, minReadySeconds))
    .filter((atMs) => atMs !== undefined && atMs > observed.nowMs);
  const conditions = planFailureCondition(replicaSet.status?.conditions, observed);
  const terminating = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp !== undefined &&
      pod.status?.phase !== 'Succeeded' &&
      pod.status?.phase !== 'Failed',
  ).length;
  return {
    status: {
      replicas: active.length,
      fullyLabeledReplicas: count(active, (pod) =>
        templateLabels.every(([key, value]) => pod.metadata.labels?.[key] === value),
      ),
      readyReplicas: count(active, isReady),
      availableReplicas: count(active, (pod) => isAvailable(pod, minReadySeconds, observed.nowMs)),
      terminatingReplicas: terminating,
      observedGeneration: replicaSet.metadata.generation,
      ...(conditions.length > 0 ? { conditions } : {}),
    },
    nextChangeMs: waiting.length > 0 ? Math.min(...(waiting as number[])) : undefined,
  };
}

/** A count as the API writes it: left out where it is zero. */
function count(pods: readonly ReadonlyPod[], matches: (pod: ReadonlyPod) => boolean): number | undefined {
  return pods.filter(matches).length || undefined;
}

function planFailureCondition(
  before: DeepReadonly<ReplicaSetCondition[]> | undefined,
  { failure, now }: Parameters<typeof planReplicaSetStatus>[2],
): ReplicaSetCondition[] {
  const others = (before ?? []).filter((condition) => condition.type !== 'ReplicaFailure') as ReplicaSetCondition[];
  const earlier = before?.find((condition) => condition.type === 'ReplicaFailure');
  if (!failure) return others;
  if (earlier && earlier.reason === failure.reason) return [...others, earlier as ReplicaSetCondition];
  return [
    ...others,
    {
      type: 'ReplicaFailure',
      status: 'True',
      reason: failure.reason,
      message: failure.message,
      lastTransitionTime: now,
    },
  ];
}
