import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Probe } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyContainer } from '../pods/pod.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';

export type ReadonlyProbe = DeepReadonly<Probe>;

/** How to ask a container something. */
export interface ProbeKind {
  readonly name: string;
  supports(probe: ReadonlyProbe): boolean;
  /** Throws where the question itself cannot be put; that counts neither way. Aborted when the probe's time is up. */
  ask(probe: ReadonlyProbe, target: ProbeTarget, signal: AbortSignal): Promise<ProbeAnswer>;
}

export interface ProbeTarget {
  readonly container: ReadonlyContainer;
  readonly containerId: string;
  /** Address of the pod; of the node for pods on its network. */
  readonly podIp: string;
  readonly runtime: ContainerRuntime;
}

export interface ProbeAnswer {
  readonly isSuccess: boolean;
  /** What users see of a failure. */
  readonly output: string;
}
