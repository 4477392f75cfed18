import {
  compareQuantities,
  formatQuantity,
  parseQuantity,
  addQuantities,
  milliValue,
  quantityValue,
} from '../api/meta/quantity.ts';
import { isSidecar, type ReadonlyContainer, type ReadonlyPod } from './pods/pod.ts';
import { matchesNodeSelectorTerms } from '../api/resources/core/node-selector-terms.ts';

export type Admission =
  { readonly admitted: true } | { readonly admitted: false; readonly reason: string; readonly message: string };

export interface AdmissionNode {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
}

/**
 * May this node run the pod beside those it runs already? What upstream's kubelet asks again of what a scheduler has
 * decided (static pods no scheduler has seen): resources, node selector and affinity, host ports. Its words.
 */
export function admitPod(pod: ReadonlyPod, others: readonly ReadonlyPod[], node: AdmissionNode): Admission {
  const { nodeSelector = {}, affinity } = pod.spec!;
  const selectorFits = Object.entries(nodeSelector).every(([key, value]) => node.labels[key] === value);
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  const affinityFits = !required || matchesNodeSelectorTerms(required.nodeSelectorTerms, { metadata: node });
  if (!selectorFits || !affinityFits) {
    return refused('NodeAffinity', "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector");
  }
  const os = pod.spec!.os?.name;
  if (os && os !== 'linux') {
    return refused('PodOSNotSupported', "Failed to admit pod as the OS field doesn't match node OS");
  }

  if (hasPortConflict(pod, others)) {
    return refused(
      'NodePorts',
      "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
    );
  }

  const podLimit = Number(node.allocatable.pods ?? Infinity);
  if (others.length + 1 > podLimit) {
    return insufficient('pods', '1', String(others.length), String(podLimit));
  }
  for (const [name, requested] of Object.entries(podRequests(pod))) {
    const capacity = node.allocatable[name] ?? '0';
    if (compareQuantities(requested, '0') === 0) continue;
    const used = others.reduce(
      (sum, other) => formatQuantity(addQuantities(sum, podRequests(other)[name] ?? '0')),
      '0',
    );
    const total = formatQuantity(addQuantities(used, requested));
    if (compareQuantities(total, capacity) > 0) {
      return insufficient(name, inUnits(name, requested), inUnits(name, used), inUnits(name, capacity));
    }
  }
  return { admitted: true };
}

function refused(reason: string, message: string): Admission {
  return { admitted: false, reason, message };
}

function insufficient(name: string, requested: string, used: string, capacity: string): Admission {
  return refused(
    `OutOf${name}`,
    `Node didn't have enough resource: ${name}, requested: ${requested}, used: ${used}, capacity: ${capacity}`,
  );
}

/** CPU in thousandths, anything else in whole units: as upstream counts. */
function inUnits(name: string, quantity: string): string {
  return String(name === 'cpu' ? milliValue(quantity) : quantityValue(quantity));
}

/**
 * What a pod asks for as a whole: its containers and sidecars together, or the greediest init container beside the
 * sidecars started before it, whichever is more; and its overhead.
 */
export function podRequests(pod: ReadonlyPod): Record<string, string> {
  const total: Record<string, string> = {};
  const add = (to: Record<string, string>, from: Readonly<Record<string, string>> | undefined): void => {
    for (const [name, quantity] of Object.entries(from ?? {})) {
      to[name] = formatQuantity(addQuantities(to[name] ?? '0', quantity));
    }
  };
  const raise = (to: Record<string, string>, from: Readonly<Record<string, string>>): void => {
    for (const [name, quantity] of Object.entries(from)) {
      if (compareQuantities(quantity, to[name] ?? '0') > 0) to[name] = formatQuantity(parseQuantity(quantity));
    }
  };
  const requestsOf = (container: ReadonlyContainer): Readonly<Record<string, string>> | undefined =>
    container.resources?.requests;
  for (const container of pod.spec!.containers) add(total, requestsOf(container));
  const sidecars: Record<string, string> = {};
  const peak: Record<string, string> = {};
  for (const container of pod.spec!.initContainers ?? []) {
    if (isSidecar(container)) {
      add(sidecars, requestsOf(container));
      raise(peak, sidecars);
    } else {
      const together = { ...sidecars };
      add(together, requestsOf(container));
      raise(peak, together);
    }
  }
  add(total, sidecars);
  raise(total, peak);
  if (pod.spec!.resources?.requests) Object.assign(total, pod.spec!.resources.requests);
  add(total, pod.spec!.overhead);
  return total;
}

function hasPortConflict(pod: ReadonlyPod, others: readonly ReadonlyPod[]): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  return others.some((other) =>
    hostPorts(other).some((taken) =>
      wanted.some(
        (port) =>
          port.port === taken.port &&
          port.protocol === taken.protocol &&
          (port.ip === taken.ip || port.ip === anyIp || taken.ip === anyIp),
      ),
    ),
  );
}

const anyIp = '0.0.0.0';

function hostPorts(pod: ReadonlyPod): { port: number; protocol: string; ip: string }[] {
  const containers = [...pod.spec!.containers, ...(pod.spec!.initContainers ?? []).filter(isSidecar)];
  return containers.flatMap(({ ports = [] }) =>
    ports.flatMap(({ hostPort, protocol = 'TCP', hostIP }) =>
      hostPort ? [{ port: hostPort, protocol, ip: hostIP || anyIp }] : [],
    ),
  );
}
