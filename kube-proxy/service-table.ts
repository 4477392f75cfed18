import type { DeepReadonly } from '../api/meta/object.ts';
import type { Service } from '../api/schema/generated/core-v1.ts';
import type { EndpointSlice } from '../api/schema/generated/discovery-v1.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  /** On this node. */
  readonly isLocal: boolean;
}

/** One port of one service: every address at which it must be reachable, and what answers there. */
export interface ServicePort {
  /** `namespace/name:port`, as upstream names it in comments and hashes. */
  readonly name: string;
  readonly namespace: string;
  readonly service: string;
  readonly protocol: Protocol;
  readonly clusterIp: string;
  readonly port: number;
  readonly externalIps: readonly string[];
  readonly loadBalancerIps: readonly string[];
  readonly loadBalancerSourceRanges: readonly string[];
  /** 0 where there is none. */
  readonly nodePort: number;
  /** Seconds a client stays with its endpoint; 0 without affinity. */
  readonly affinitySeconds: number;
  /** Whatever answers anywhere in the cluster. */
  readonly allEndpoints: readonly Endpoint[];
  /** What answers on the cluster address: with `internalTrafficPolicy: Local` only what runs on this node. */
  readonly clusterEndpoints: readonly Endpoint[];
  /** What answers on node ports, external and load balancer addresses. */
  readonly externalEndpoints: readonly Endpoint[];
  /** `internalTrafficPolicy: Local`: traffic to the cluster address stays on the node. */
  readonly staysInside: boolean;
  /** `externalTrafficPolicy: Local`: traffic from outside keeps its source address. */
  readonly keepsSource: boolean;
  /** True where the service has endpoints somewhere, though perhaps none on this node: then traffic is dropped, not refused. */
  readonly hasAnyEndpoint: boolean;
  /** Where a load balancer asks whether this node has endpoints; 0 where it does not. */
  readonly healthCheckNodePort: number;
}

export interface NodeIdentity {
  readonly name: string;
  /** `IPv4` or `IPv6`: the family that is programmed. */
  readonly family: 'IPv4' | 'IPv6';
}

const proxyNameLabel = 'service.kubernetes.io/service-proxy-name';
const headlessLabel = 'service.kubernetes.io/headless';

/**
 * What must be reachable on a node, from services and their EndpointSlices. Pure; ordered by name, so that equal input
 * gives equal rules. Services without a cluster address, of another proxy or of another family are left out.
 */
export function serviceTable(
  services: readonly DeepReadonly<Service>[],
  slicesOf: (service: DeepReadonly<Service>) => readonly DeepReadonly<EndpointSlice>[],
  node: NodeIdentity,
): ServicePort[] {
  return services
    .flatMap((service) => portsOfService(service, slicesOf(service), node))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** The part of the table that one service makes. */
function portsOfService(
  service: DeepReadonly<Service>,
  slices: readonly DeepReadonly<EndpointSlice>[],
  node: NodeIdentity,
): ServicePort[] {
  const { spec, metadata } = service;
  if (!spec || spec.type === 'ExternalName') return [];
  if (metadata.labels?.[proxyNameLabel] !== undefined || metadata.labels?.[headlessLabel] !== undefined) return [];
  const ofFamily = (address: string): boolean => address.includes(':') === (node.family === 'IPv6');
  const clusterIp = [...(spec.clusterIPs ?? []), spec.clusterIP ?? ''].find(
    (ip) => ip !== '' && ip !== 'None' && ofFamily(ip),
  );
  if (!clusterIp) return [];
  const affinitySeconds =
    spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : 0;
  const staysInside = spec.internalTrafficPolicy === 'Local';
  const keepsSource = spec.externalTrafficPolicy === 'Local';
  const ingress = (service.status?.loadBalancer?.ingress ?? []).filter((i) => i.ipMode !== 'Proxy');
  return (spec.ports ?? []).map((port) => {
    const protocol = (port.protocol ?? 'TCP') as Protocol;
    const endpoints = endpointsOfPort(slices, port.name ?? '', protocol, node);
    const all = usable(endpoints);
    const local = usable(endpoints.filter((endpoint) => endpoint.isLocal));
    return {
      name: `${metadata.namespace}/${metadata.name}${port.name ? `:${port.name}` : ''}`,
      namespace: metadata.namespace ?? '',
      service: metadata.name ?? '',
      protocol,
      clusterIp,
      port: port.port,
      externalIps: (spec.externalIPs ?? []).filter(ofFamily),
      loadBalancerIps: ingress.flatMap((i) => (i.ip && ofFamily(i.ip) ? [i.ip] : [])),
      loadBalancerSourceRanges: (spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()).filter(ofFamily),
      nodePort: port.nodePort ?? 0,
      affinitySeconds,
      allEndpoints: all,
      clusterEndpoints: staysInside ? local : all,
      externalEndpoints: keepsSource ? local : all,
      staysInside,
      keepsSource,
      hasAnyEndpoint: all.length > 0,
      healthCheckNodePort: keepsSource ? (spec.healthCheckNodePort ?? 0) : 0,
    };
  });
}

interface Candidate extends Endpoint {
  readonly isReady: boolean;
  readonly isServing: boolean;
}

/** The ready endpoints; where there are none, those that still serve while they terminate (KEP-1669). */
function usable(candidates: readonly Candidate[]): Endpoint[] {
  const ready = candidates.filter((endpoint) => endpoint.isReady);
  const chosen = ready.length > 0 ? ready : candidates.filter((endpoint) => endpoint.isServing);
  return chosen.map(({ ip, port, isLocal }) => ({ ip, port, isLocal }));
}

/** The endpoints of a service port, each address once, in order. A slice's port belongs to it by name and protocol. */
function endpointsOfPort(
  slices: readonly DeepReadonly<EndpointSlice>[],
  portName: string,
  protocol: Protocol,
  node: NodeIdentity,
): Candidate[] {
  const byAddress = new Map<string, Candidate>();
  for (const slice of slices) {
    if (slice.addressType !== node.family) continue;
    for (const port of slice.ports ?? []) {
      if ((port.name ?? '') !== portName || (port.protocol ?? 'TCP') !== protocol || port.port === undefined) continue;
      for (const endpoint of slice.endpoints ?? []) {
        const ip = endpoint.addresses[0];
        if (ip === undefined) continue;
        const { ready, serving, terminating } = endpoint.conditions ?? {};
        byAddress.set(`${ip}:${port.port}`, {
          ip,
          port: port.port,
          isLocal: endpoint.nodeName === node.name,
          isReady: ready ?? true,
          isServing: (serving ?? ready ?? true) && terminating === true,
        });
      }
    }
  }
  return [...byAddress.values()].sort((a, b) => (a.ip === b.ip ? a.port - b.port : a.ip < b.ip ? -1 : 1));
}
