import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Node } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyPod } from '../framework/readonly-pod.ts';
import { add, amountsOf, nonZeroRequests, podRequests, type Amounts } from './pod-requests.ts';

/** A node with the pods on it, and the sums that filters need: kept up to date pod by pod, never recomputed. */
export class NodeInfo {
  node: DeepReadonly<Node>;
  allocatable: Amounts;
  readonly pods = new Map<string, ReadonlyPod>();
  readonly requested: Record<string, number> = {};
  /** With an assumed request for containers that name none; for scores. */
  readonly nonZeroRequested = { cpu: 0, memory: 0 };
  /** `IP PROTOCOL PORT` of host ports, each with how many pods use it. */
  readonly hostPorts = new Map<string, number>();

  constructor(node: DeepReadonly<Node>) {
    this.node = node;
    this.allocatable = amountsOf(node.status?.allocatable);
  }

  get name(): string {
    return this.node.metadata.name!;
  }

  setNode(node: DeepReadonly<Node>): void {
    this.node = node;
    this.allocatable = amountsOf(node.status?.allocatable);
  }

  addPod(pod: ReadonlyPod): void {
    this.removePod(pod.metadata.uid!);
    this.pods.set(pod.metadata.uid!, pod);
    this.#count(pod, 1);
  }

  removePod(uid: string): void {
    const pod = this.pods.get(uid);
    if (!pod) return;
    this.pods.delete(uid);
    this.#count(pod, -1);
  }

  #count(pod: ReadonlyPod, sign: 1 | -1): void {
    add(this.requested, podRequests(pod), sign);
    const { cpu, memory } = nonZeroRequests(pod);
    this.nonZeroRequested.cpu += sign * cpu;
    this.nonZeroRequested.memory += sign * memory;
    for (const port of hostPortsOf(pod)) {
      const count = (this.hostPorts.get(port) ?? 0) + sign;
      if (count > 0) this.hostPorts.set(port, count);
      else this.hostPorts.delete(port);
    }
  }
}

/** The host ports a pod wants, as `IP PROTOCOL PORT`; no address is 0.0.0.0. */
export function hostPortsOf(pod: ReadonlyPod): string[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  return [...(pod.spec?.containers ?? []), ...sidecars].flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => port.hostPort)
      .map((port) => `${port.hostIP || '0.0.0.0'} ${port.protocol ?? 'TCP'} ${port.hostPort}`),
  );
}
