import type { ContainerState, ContainerStatus, VolumeMountStatus } from '../../api/schema/generated/core-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import { mustRun } from '../pod-plan.ts';
import {
  apiContainerStatus,
  type ContainerRole,
  type ReadonlyContainer,
  type ReadonlyContainerStatus,
  type ReadonlyPod,
} from '../pods/pod.ts';
import type { ContainerStatusInfo } from '../runtime/container-runtime.ts';

/** Why a container that should run does not. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

export interface ContainerStatusInput {
  readonly pod: ReadonlyPod;
  readonly container: ReadonlyContainer;
  readonly role: ContainerRole;
  /** Instances of this container, newest first. */
  readonly instances: readonly ContainerStatusInfo[];
  readonly runtimeName: string;
  readonly waiting?: WaitingReason;
  /** What a container said before it ended; undefined where it said nothing. */
  readonly terminationMessage: (instance: ContainerStatusInfo) => string | undefined;
  readonly readiness: (containerId: string) => 'passed' | 'failed';
  readonly startup: (containerId: string) => 'pending' | 'passed' | 'failed';
  /** The status as it was last written. */
  readonly previous: ReadonlyPod['status'];
  /** Nothing of the pod will be started any more. */
  readonly isEnding: boolean;
}

/** The status of one container, from what runs and ran of it. */
export function containerStatus(input: ContainerStatusInput): ContainerStatus {
  const { pod, container, role, instances, waiting, isEnding } = input;
  const [latest, before] = instances;
  const previous = apiContainerStatus(input.previous, container.name);
  if (!latest) return withoutInstance(input, previous);

  const willRun = !isEnding && latest.state !== 'running' && mustRun(pod, container, latest);
  let state: ContainerState;
  let lastState: ContainerState = before?.state === 'exited' ? { terminated: terminated(input, before) } : {};
  if (latest.state === 'running') {
    state = { running: { startedAt: formatTime(latest.startedAtMs) } };
  } else if (latest.state === 'created') {
    state = { waiting: waiting ? { ...waiting } : { reason: 'ContainerCreating' } };
  } else {
    const ended = terminated(input, latest);
    if (waiting && willRun) {
      state = { waiting: { reason: waiting.reason, ...(waiting.message ? { message: waiting.message } : {}) } };
      lastState = { terminated: ended };
    } else {
      state = { terminated: ended };
    }
  }
  // The instance before may have been removed already.
  if (!lastState.terminated && latest.attempt > 0 && previous?.lastState?.terminated) {
    lastState = structuredClone(previous.lastState) as ContainerState;
  }

  const isRunning = latest.state === 'running';
  const started = isRunning && (!container.startupProbe || input.startup(latest.id) === 'passed');
  return {
    name: container.name,
    state,
    lastState,
    ready: isReady(role, latest, started, input),
    restartCount: latest.attempt,
    image: latest.image,
    imageID: latest.imageId,
    containerID: `${input.runtimeName}://${latest.id}`,
    started,
    ...(isRunning && role !== 'ephemeral' ? resources(container) : {}),
    ...volumeMounts(container),
  };
}

function isReady(
  role: ContainerRole,
  latest: ContainerStatusInfo,
  started: boolean,
  { container, readiness }: ContainerStatusInput,
): boolean {
  if (role === 'ephemeral') return false;
  if (role === 'init') return latest.state === 'exited' && latest.exitCode === 0;
  return started && (!container.readinessProbe || readiness(latest.id) === 'passed');
}

function terminated(input: ContainerStatusInput, info: ContainerStatusInfo): NonNullable<ContainerState['terminated']> {
  const message = input.terminationMessage(info) ?? info.message;
  return {
    exitCode: info.exitCode,
    reason: info.reason,
    ...(message ? { message } : {}),
    startedAt: formatTime(info.startedAtMs),
    finishedAt: formatTime(info.finishedAtMs),
    containerID: `${input.runtimeName}://${info.id}`,
  };
}

/** Nothing of it is there: not made yet, or removed behind our back. */
function withoutInstance(input: ContainerStatusInput, previous: ReadonlyContainerStatus | undefined): ContainerStatus {
  const { pod, container, waiting, isEnding } = input;
  if (previous?.state?.terminated) return structuredClone(previous) as ContainerStatus;
  const hasInit = (pod.spec!.initContainers ?? []).length > 0;
  const state: ContainerState = {
    waiting: waiting
      ? { reason: waiting.reason, ...(waiting.message ? { message: waiting.message } : {}) }
      : { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' },
  };
  const base: ContainerStatus = {
    name: container.name,
    state,
    lastState: structuredClone(previous?.lastState ?? {}) as ContainerState,
    ready: false,
    restartCount: previous?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: '',
    started: false,
    ...volumeMounts(container),
  };
  const mustHaveRun = previous?.state?.running || (isEnding && !hasInit);
  if (!mustHaveRun) return base;
  const lost = {
    exitCode: 137,
    reason: 'ContainerStatusUnknown',
    message: `The container could not be located when the pod was ${isEnding ? 'terminated' : 'deleted.  The container used to be Running'}`,
    startedAt: undefined,
    finishedAt: undefined,
  };
  return isEnding ? { ...base, state: { terminated: lost } } : { ...base, lastState: { terminated: lost } };
}

function resources(container: ReadonlyContainer): Pick<ContainerStatus, 'resources' | 'allocatedResources'> {
  const { requests, limits } = container.resources ?? {};
  return {
    ...(requests && Object.keys(requests).length > 0 ? { allocatedResources: { ...requests } } : {}),
    resources: { ...(limits ? { limits: { ...limits } } : {}), ...(requests ? { requests: { ...requests } } : {}) },
  };
}

function volumeMounts(container: ReadonlyContainer): { volumeMounts?: VolumeMountStatus[] } {
  if (!container.volumeMounts?.length) return {};
  return {
    volumeMounts: container.volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
    })),
  };
}
