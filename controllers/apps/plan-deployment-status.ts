import type { DeepReadonly } from '../../api/meta/object.ts';
import type { DeploymentStatus } from '../../api/schema/generated/apps-v1.ts';
import { DeploymentConditions } from './deployment-conditions.ts';
import {
  rolloutLimits,
  total,
  wanted,
  type ReadonlyDeployment,
  type ReadonlyReplicaSet,
  type ReplicaSets,
} from './plan-deployment.ts';

export interface DeploymentStatusPlan {
  readonly status: DeploymentStatus;
  /** When the progress deadline will have passed, in ms since the epoch, if nothing moves until then. */
  readonly deadlineMs?: number;
}

/** The status of a Deployment with its conditions Available and Progressing, as its ReplicaSets have them. */
export function planDeploymentStatus(
  deployment: ReadonlyDeployment,
  { current, old }: ReplicaSets,
  observed: {
    readonly nowMs: number;
    readonly now: string;
    readonly created?: boolean;
    readonly failure?: string;
    readonly collisionCount?: number;
  },
): DeploymentStatusPlan {
  const replicas = deployment.spec?.replicas ?? 1;
  const all = [...old, ...(current ? [current] : [])];
  const sum = (of: (replicaSet: ReadonlyReplicaSet) => number | undefined): number =>
    total(all, (replicaSet) => of(replicaSet) ?? 0);
  const availableReplicas = sum((r) => r.status?.availableReplicas);
  const counts = {
    replicas: sum((r) => r.status?.replicas) || undefined,
    updatedReplicas: current?.status?.replicas || undefined,
    readyReplicas: sum((r) => r.status?.readyReplicas) || undefined,
    availableReplicas: availableReplicas || undefined,
    unavailableReplicas: Math.max(0, total(all, wanted) - availableReplicas) || undefined,
    terminatingReplicas: sum((r) => r.status?.terminatingReplicas),
  };
  const conditions = new DeploymentConditions(deployment.status?.conditions, observed.now);
  const { maxUnavailable } = rolloutLimits(deployment);
  if (availableReplicas >= replicas - maxUnavailable)
    conditions.set({
      type: 'Available',
      status: 'True',
      reason: 'MinimumReplicasAvailable',
      message: 'Deployment has minimum availability.',
    });
  else
    conditions.set({
      type: 'Available',
      status: 'False',
      reason: 'MinimumReplicasUnavailable',
      message: 'Deployment does not have minimum availability.',
    });
  if (observed.failure)
    conditions.set({ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: observed.failure });
  else {
    const failure = all
      .flatMap((r) => r.status?.conditions ?? [])
      .find((condition) => condition.type === 'ReplicaFailure');
    if (failure)
      conditions.set({
        type: 'ReplicaFailure',
        status: failure.status,
        reason: failure.reason,
        message: failure.message,
      });
    else conditions.remove('ReplicaFailure');
  }
  const deadlineMs = planProgress(deployment, { current, counts }, conditions, observed);
  return {
    status: {
      observedGeneration: deployment.metadata.generation,
      ...counts,
      conditions: conditions.list,
      collisionCount: observed.collisionCount ?? deployment.status?.collisionCount,
    },
    deadlineMs,
  };
}

/** The largest of 32 bits stands for none, as upstream has it. */
const noDeadlineSeconds = 2 ** 31 - 1;

/** Sets the condition Progressing; returns when the deadline passes, while it can. */
function planProgress(
  deployment: ReadonlyDeployment,
  {
    current,
    counts,
  }: {
    current: ReadonlyReplicaSet | undefined;
    counts: Pick<DeploymentStatus, 'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'>;
  },
  conditions: DeploymentConditions,
  observed: { readonly nowMs: number; readonly created?: boolean },
): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  if (seconds === undefined || seconds === noDeadlineSeconds) {
    conditions.remove('Progressing');
    return undefined;
  }
  const before = conditions.get('Progressing');
  const replicas = deployment.spec?.replicas ?? 1;
  const isComplete =
    (counts.updatedReplicas ?? 0) === replicas &&
    (counts.replicas ?? 0) === replicas &&
    (counts.availableReplicas ?? 0) === replicas;
  const about = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  // A pod of a finished rollout that fell over, or a scaling: that is availability, not progress.
  const wasComplete =
    before?.reason === 'NewReplicaSetAvailable' && (counts.replicas ?? 0) === (counts.updatedReplicas ?? 0);
  if (isComplete) {
    conditions.set({
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      message: `${about} has successfully progressed.`,
    });
    return undefined;
  }
  if (observed.created) {
    conditions.touch({
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetCreated',
      message: `Created new replica set "${current?.metadata.name}"`,
    });
  } else if (wasComplete) {
    return undefined;
  } else if (hasProgressed(deployment.status, counts)) {
    conditions.touch({
      type: 'Progressing',
      status: 'True',
      reason: 'ReplicaSetUpdated',
      message: `${about} is progressing.`,
    });
  } else if (!before) {
    conditions.set({
      type: 'Progressing',
      status: 'True',
      reason: current ? 'ReplicaSetUpdated' : 'NewReplicaSetCreated',
      message: `${about} is progressing.`,
    });
  }
  const progressing = conditions.get('Progressing')!;
  const isOver = progressing.reason === 'ProgressDeadlineExceeded' || progressing.reason === 'NewReplicaSetAvailable';
  if (isOver || deployment.spec?.paused) return undefined;
  const deadlineMs = Date.parse(progressing.lastUpdateTime ?? '') + seconds * 1000;
  if (observed.nowMs < deadlineMs) return deadlineMs;
  conditions.set({
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: `${about} has timed out progressing.`,
  });
  return undefined;
}

function hasProgressed(
  before: DeepReadonly<DeploymentStatus> | undefined,
  now: Pick<DeploymentStatus, 'replicas' | 'updatedReplicas' | 'readyReplicas' | 'availableReplicas'>,
): boolean {
  const old = (status: Pick<DeploymentStatus, 'replicas' | 'updatedReplicas'> | undefined): number =>
    (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (now.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    old(now) < old(before) ||
    (now.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}
