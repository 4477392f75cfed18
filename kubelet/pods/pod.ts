import type { DeepReadonly } from '../../api/meta/object.ts';
import type {
  Container,
  ContainerStatus,
  EphemeralContainer,
  Pod,
  PodStatus,
} from '../../api/schema/generated/core-v1.ts';

/** Pods as the kubelet passes them around: the informer's own objects, never changed. */
export type ReadonlyPod = DeepReadonly<Pod>;
export type ReadonlyContainer = DeepReadonly<Container>;
export type ReadonlyPodStatus = DeepReadonly<PodStatus>;
export type ReadonlyContainerStatus = DeepReadonly<ContainerStatus>;

export type ContainerRole = 'init' | 'sidecar' | 'app' | 'ephemeral';

export interface RoledContainer {
  readonly role: ContainerRole;
  /** Ephemeral containers have the fields of containers; those they may not use are absent. */
  readonly container: ReadonlyContainer;
  /** Where it stands in the pod, as events name it: `spec.containers{web}`. */
  readonly fieldPath: string;
}

/** Names an operator finds in annotations of static pods and their mirrors. */
export const configAnnotations = {
  hash: 'kubernetes.io/config.hash',
  mirror: 'kubernetes.io/config.mirror',
  source: 'kubernetes.io/config.source',
  seen: 'kubernetes.io/config.seen',
} as const;

/** Every container of a pod with the part it plays: init containers and sidecars in order, then the others. */
export function containersOf(pod: ReadonlyPod): RoledContainer[] {
  return [
    ...(pod.spec?.initContainers ?? []).map((container) => ({
      role: isSidecar(container) ? ('sidecar' as const) : ('init' as const),
      container,
      fieldPath: `spec.initContainers{${container.name}}`,
    })),
    ...(pod.spec?.containers ?? []).map((container) => ({
      role: 'app' as const,
      container,
      fieldPath: `spec.containers{${container.name}}`,
    })),
    ...((pod.spec?.ephemeralContainers ?? []) as readonly DeepReadonly<EphemeralContainer>[]).map((container) => ({
      role: 'ephemeral' as const,
      container: container as ReadonlyContainer,
      fieldPath: `spec.ephemeralContainers{${container.name}}`,
    })),
  ];
}

/** The container of that name, of any role. */
export function findContainer(pod: ReadonlyPod, name: string): RoledContainer | undefined {
  return containersOf(pod).find(({ container }) => container.name === name);
}

/** An init container that keeps running beside the others (KEP-753). */
export function isSidecar(container: Pick<ReadonlyContainer, 'restartPolicy'>): boolean {
  return container.restartPolicy === 'Always';
}

/** The status the API holds of a container, whatever part it plays. */
export function apiContainerStatus(
  status: ReadonlyPodStatus | undefined,
  name: string,
): ReadonlyContainerStatus | undefined {
  return [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ].find((each) => each.name === name);
}

/** Defined by a file on the node, not by the API. */
export function isStaticPod(pod: ReadonlyPod): boolean {
  const source = pod.metadata.annotations?.[configAnnotations.source];
  return source !== undefined && source !== 'api';
}

/** What the API shows of a static pod. */
export function isMirrorPod(pod: ReadonlyPod): boolean {
  return pod.metadata.annotations?.[configAnnotations.mirror] !== undefined;
}

/** True once the pod's phase says that nothing of it will run again. */
export function isTerminalPhase(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** `NAME_NAMESPACE(UID)`, as messages of events write a pod. */
export function formatPod(pod: ReadonlyPod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})`;
}

/** Seconds the pod's containers get to stop: what its deletion asked for, else what its spec says. */
export function gracePeriodOf(pod: ReadonlyPod): number {
  return pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
}
