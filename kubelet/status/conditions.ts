import type { ContainerStatus, PodCondition } from '../../api/schema/generated/core-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import { isSidecar, type ReadonlyPod, type ReadonlyPodStatus } from '../pods/pod.ts';
import type { Phase } from './phase.ts';

export interface ConditionsInput {
  readonly pod: ReadonlyPod;
  readonly phase: Phase;
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  /** A sandbox is ready and has its addresses. */
  readonly hasSandbox: boolean;
  readonly previous: ReadonlyPodStatus | undefined;
  readonly nowMs: number;
}

interface Verdict {
  readonly type: string;
  readonly isTrue: boolean;
  readonly reason?: string;
  readonly message?: string;
}

/** The conditions the kubelet owns, in upstream's order; `lastTransitionTime` moves only where the status changes. */
export function podConditions(input: ConditionsInput): PodCondition[] {
  const { pod, previous, nowMs } = input;
  const containersReady = areContainersReady(input);
  const verdicts: Verdict[] = [
    { type: 'PodReadyToStartContainers', isTrue: input.hasSandbox },
    isInitialized(input),
    isReady(input, containersReady),
    containersReady,
    { type: 'PodScheduled', isTrue: true },
  ];
  return verdicts.map(({ type, isTrue, reason, message }) => {
    const before = previous?.conditions?.find((condition) => condition.type === type);
    const status = isTrue ? 'True' : 'False';
    return {
      type,
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
      status,
      lastTransitionTime:
        before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : formatTime(nowMs),
      ...(reason ? { reason } : {}),
      ...(message ? { message } : {}),
    };
  });
}

function isInitialized({ pod, phase, initStatuses, statuses }: ConditionsInput): Verdict {
  const type = 'Initialized';
  const incomplete: string[] = [];
  const unknown: string[] = [];
  for (const container of pod.spec!.initContainers ?? []) {
    const status = initStatuses.find(({ name }) => name === container.name);
    if (!status) unknown.push(container.name);
    else if (isSidecar(container) ? !status.started : !status.ready) incomplete.push(container.name);
  }
  if (phase === 'Succeeded' && unknown.length === 0) return { type, isTrue: true, reason: 'PodCompleted' };
  // Once a container of the pod itself ran, the pod is initialised, whatever becomes of sidecars.
  const wasInitialized = statuses.some(
    ({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated,
  );
  if (wasInitialized || (incomplete.length === 0 && unknown.length === 0)) return { type, isTrue: true };
  return {
    type,
    isTrue: false,
    reason: 'ContainersNotInitialized',
    message: listing('incomplete', incomplete, unknown),
  };
}

function areContainersReady({ pod, phase, initStatuses, statuses }: ConditionsInput): Verdict {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, isTrue: false, reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, isTrue: false, reason: 'PodFailed' };
  const unready: string[] = [];
  const unknown: string[] = [];
  const sidecars = (pod.spec!.initContainers ?? []).filter(isSidecar);
  for (const { name } of [...sidecars, ...pod.spec!.containers]) {
    const status = [...initStatuses, ...statuses].find((each) => each.name === name);
    if (!status) unknown.push(name);
    else if (!status.ready) unready.push(name);
  }
  if (unready.length === 0 && unknown.length === 0) return { type, isTrue: true };
  return { type, isTrue: false, reason: 'ContainersNotReady', message: listing('unready', unready, unknown) };
}

/** Containers ready, and every readiness gate that others hold is True. */
function isReady({ pod, previous }: ConditionsInput, containersReady: Verdict): Verdict {
  const type = 'Ready';
  if (!containersReady.isTrue) return { ...containersReady, type };
  const problems: string[] = [];
  for (const { conditionType } of pod.spec!.readinessGates ?? []) {
    const condition = previous?.conditions?.find((each) => each.type === conditionType);
    if (!condition) problems.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (condition.status !== 'True') {
      problems.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`);
    }
  }
  if (problems.length === 0) return { type, isTrue: true };
  return { type, isTrue: false, reason: 'ReadinessGatesNotReady', message: problems.join(', ') };
}

function listing(what: string, names: readonly string[], unknown: readonly string[]): string {
  return [
    ...(unknown.length > 0 ? [`containers with unknown status: [${unknown.join(' ')}]`] : []),
    ...(names.length > 0 ? [`containers with ${what} status: [${names.join(' ')}]`] : []),
  ].join(', ');
}
