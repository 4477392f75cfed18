import type { ContainerStatus, PodStatus } from '../../api/schema/generated/core-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import { containersOf, isTerminalPhase, type ReadonlyPod } from '../pods/pod.ts';
import type { RuntimeState } from '../runtime/container-runtime.ts';
import { podConditions } from './conditions.ts';
import { containerStatus, type ContainerStatusInput, type WaitingReason } from './container-status.ts';
import { phaseOf, type Phase } from './phase.ts';
import { qosClassOf } from './qos-class.ts';

export interface PodStatusInput extends Pick<
  ContainerStatusInput,
  'terminationMessage' | 'readiness' | 'startup' | 'runtimeName' | 'previous'
> {
  readonly pod: ReadonlyPod;
  readonly observed: RuntimeState;
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  /** Of the node, the primary one first. */
  readonly hostIps: readonly string[];
  readonly startTimeMs: number;
  readonly nowMs: number;
  /** Nothing will be started any more: the pod is being deleted or its phase is decided. */
  readonly isEnding: boolean;
  /** A verdict on the whole pod that its containers do not show: evicted, past its deadline. */
  readonly verdict?: { readonly reason: string; readonly message: string };
}

/** What the API is to show of a pod. Pure; fields that others own are not in it. */
export function podStatus(input: PodStatusInput): PodStatus {
  const { pod, observed, previous, isEnding, verdict } = input;
  const statusesOf = (...roles: string[]): ContainerStatus[] =>
    containersOf(pod)
      .filter(({ role }) => roles.includes(role))
      .map(({ container, role }) =>
        containerStatus({
          ...input,
          container,
          role,
          instances: observed.containers.filter(({ name }) => name === container.name),
          waiting: input.waiting.get(container.name),
        }),
      );
  // A pod that is refused before anything of it ran has no containers to speak of.
  const isRefused =
    verdict !== undefined &&
    observed.containers.length === 0 &&
    !(previous?.containerStatuses ?? []).some(({ containerID }) => containerID);
  const initStatuses = isRefused ? [] : statusesOf('init', 'sidecar');
  const statuses = isRefused ? [] : statusesOf('app').sort((a, b) => (a.name < b.name ? -1 : 1));
  const ephemeral = statusesOf('ephemeral');

  const nothingRuns = observed.containers.every(({ state }) => state !== 'running');
  const phase: Phase = verdict
    ? 'Failed'
    : isTerminalPhase(previous?.phase)
      ? (previous!.phase as Phase)
      : phaseOf({ pod, initStatuses, statuses, isTerminal: isEnding && nothingRuns });

  const [sandbox] = observed.sandboxes;
  const hasSandbox = sandbox?.state === 'ready' && (pod.spec!.hostNetwork === true || sandbox.ips.length > 0);
  const ips = pod.spec!.hostNetwork
    ? input.hostIps
    : sandbox && sandbox.ips.length > 0
      ? sandbox.ips
      : isEnding || isTerminalPhase(phase)
        ? (previous?.podIPs ?? []).map(({ ip }) => ip)
        : [];
  const reason = verdict?.reason ?? (isTerminalPhase(phase) ? previous?.reason : undefined);
  const message = verdict?.message ?? (isTerminalPhase(phase) ? previous?.message : undefined);
  return {
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    phase,
    conditions: podConditions({ ...input, phase, initStatuses, statuses, hasSandbox }),
    ...(message ? { message } : {}),
    ...(reason ? { reason } : {}),
    ...(input.hostIps.length > 0 ? { hostIP: input.hostIps[0], hostIPs: input.hostIps.map((ip) => ({ ip })) } : {}),
    ...(ips.length > 0 ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: formatTime(input.startTimeMs),
    ...(initStatuses.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    ...(statuses.length > 0 ? { containerStatuses: statuses } : {}),
    qosClass: qosClassOf(pod),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
  };
}
