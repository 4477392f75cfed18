/**
 * What a service keeps, drops or fills in by itself when it is written. Addresses and ports that come out of a range are
 * given by who owns the range.
 */
import { jsonEqual } from '../../meta/equality.ts';
import type { Service, ServiceSpec } from '../../schema/generated/core-v1.ts';

/** True where the service has an address of its own in the cluster. */
export function needsClusterIP(spec: Pick<ServiceSpec, 'type'>): boolean {
  return spec.type === 'ClusterIP' || spec.type === 'NodePort' || spec.type === 'LoadBalancer';
}

/** True where every port of the service is a port of every node too. */
export function needsNodePort(spec: ServiceSpec): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

/** True where load balancers ask each node whether it has endpoints. */
export function needsHealthCheckNodePort(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** Traffic from outside comes in: only then is there a policy for it. */
function needsExternalTrafficPolicy(spec: ServiceSpec): boolean {
  return spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs?.length ?? 0) > 0;
}

/** Writers of `clusterIP` alone, which is the older field, mean `clusterIPs` too. Runs before addresses are given out. */
export function normalizeClusterIPs({ spec: next = {} }: Service, { spec: old }: Partial<Service> = {}): void {
  if (!old) {
    if (next.clusterIP && !next.clusterIPs?.length) next.clusterIPs = [next.clusterIP];
    return;
  }
  if (old.clusterIPs?.length && !next.clusterIPs?.length && (old.clusterIP ?? '') === (next.clusterIP ?? ''))
    next.clusterIPs = old.clusterIPs;
  if ((old.clusterIP ?? '') === (next.clusterIP ?? '') || !isSame(old.clusterIPs, next.clusterIPs)) return;
  if (next.clusterIP) next.clusterIPs = [next.clusterIP];
  else delete next.clusterIPs;
}

/** An update that leaves out what was given to the service before keeps it. */
export function keepAllocated({ spec: next = {} }: Service, { spec: old = {} }: Service): void {
  if (needsClusterIP(old) && needsClusterIP(next)) {
    if (!next.clusterIP) next.clusterIP = old.clusterIP;
    if (!next.clusterIPs?.length && next.clusterIP === old.clusterIP) next.clusterIPs = old.clusterIPs;
    if (isSame(next.clusterIPs, old.clusterIPs) && !next.ipFamilies?.length) {
      next.ipFamilies = old.ipFamilies;
      next.ipFamilyPolicy ??= old.ipFamilyPolicy;
    }
  }
  if (needsNodePort(old) && needsNodePort(next)) keepNodePorts(next, old);
  if (needsHealthCheckNodePort(old) && needsHealthCheckNodePort(next))
    next.healthCheckNodePort ||= old.healthCheckNodePort;
}

function keepNodePorts(next: ServiceSpec, old: ServiceSpec): void {
  const oldPorts = new Set((old.ports ?? []).map((port) => port.nodePort));
  const taken = new Set((next.ports ?? []).map((port) => port.nodePort).filter((port) => oldPorts.has(port)));
  const byName = new Map((old.ports ?? []).map((port) => [port.name ?? '', port.nodePort]));
  for (const port of next.ports ?? []) {
    const before = byName.get(port.name ?? '');
    if (!port.nodePort && before && !taken.has(before)) port.nodePort = before;
  }
}

/** A change of type drops what the new type has no use for, where the client did not change it itself. */
export function dropWhatTypeLacks({ spec: next = {} }: Service, { spec: old = {} }: Service): void {
  if (needsClusterIP(old) && !needsClusterIP(next)) {
    if (isSame(old.clusterIPs, next.clusterIPs)) {
      delete next.clusterIP;
      delete next.clusterIPs;
    }
    dropSame(next, old, 'ipFamilies');
    dropSame(next, old, 'ipFamilyPolicy');
  }
  if (needsNodePort(old) && !needsNodePort(next) && isSame(nodePorts(old), nodePorts(next)))
    for (const port of next.ports ?? []) delete port.nodePort;
  if (needsHealthCheckNodePort(old) && !needsHealthCheckNodePort(next)) dropSame(next, old, 'healthCheckNodePort');
  if (old.type === 'LoadBalancer' && next.type !== 'LoadBalancer') {
    dropSame(next, old, 'allocateLoadBalancerNodePorts');
    dropSame(next, old, 'loadBalancerClass');
  }
  if (needsExternalTrafficPolicy(old) && !needsExternalTrafficPolicy(next))
    dropSame(next, old, 'externalTrafficPolicy');
}

function nodePorts(spec: ServiceSpec): number[] {
  return (spec.ports ?? []).map((port) => port.nodePort ?? 0).sort((a, b) => a - b);
}

function isSame(a: unknown, b: unknown): boolean {
  return jsonEqual(a ?? [], b ?? []);
}

function dropSame(next: ServiceSpec, old: ServiceSpec, field: keyof ServiceSpec): void {
  if (jsonEqual(next[field], old[field])) delete next[field];
}
