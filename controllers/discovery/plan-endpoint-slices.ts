import { semanticEqual } from '../../api/meta/equality.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { endpointSlices } from '../../api/resources/discovery/endpoint-slice.ts';
import { services } from '../../api/resources/core/service.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import type { Node, Service } from '../../api/schema/generated/core-v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/schema/generated/discovery-v1.ts';
import { controllerReference } from '../framework/ownership.ts';
import { isFinished, isReady, type ReadonlyPod } from '../framework/pod-state.ts';

export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';
export const serviceNameLabel = 'kubernetes.io/service-name';
const headlessLabel = 'service.kubernetes.io/headless';

/** Endpoints that a slice holds at most; upstream's default. */
const maxEndpointsPerSlice = 100;

export interface SlicePlan {
  readonly create: EndpointSlice[];
  readonly update: EndpointSlice[];
  readonly remove: DeepReadonly<EndpointSlice>[];
}

/** The endpoints that have one set of ports: pods may differ in what a named port means. */
export interface EndpointGroup {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** The endpoints of a service, grouped by family and ports. Pods that have finished, or have no address, are none. */
export function endpointGroups(
  service: DeepReadonly<Service>,
  pods: readonly ReadonlyPod[],
  nodeOf: (name: string) => DeepReadonly<Node> | undefined,
): EndpointGroup[] {
  const families = service.spec?.ipFamilies?.length ? service.spec.ipFamilies : ['IPv4'];
  const groups = new Map<string, { addressType: 'IPv4' | 'IPv6'; ports: EndpointPort[]; endpoints: Endpoint[] }>();
  for (const family of families) {
    const addressType = family === 'IPv6' ? 'IPv6' : 'IPv4';
    const empty = { addressType, ports: [], endpoints: [] } as const;
    for (const pod of pods) {
      if (isFinished(pod)) continue;
      const ips = pod.status?.podIPs?.map(({ ip }) => ip) ?? (pod.status?.podIP ? [pod.status.podIP] : []);
      const address = ips.find((ip) => ip.includes(':') === (addressType === 'IPv6'));
      if (!address) continue;
      const ports = portsOf(service, pod);
      const key = `${addressType} ${portKey(ports)}`;
      const group = groups.get(key) ?? { addressType, ports, endpoints: [] };
      groups.set(key, group);
      group.endpoints.push(endpointOf(service, pod, address, nodeOf));
    }
    // A service without endpoints still has a slice, which says so.
    if (![...groups.values()].some((group) => group.addressType === addressType))
      groups.set(`${addressType} none`, { ...empty, ports: [], endpoints: [] });
  }
  return [...groups.values()];
}

function portsOf(service: DeepReadonly<Service>, pod: ReadonlyPod): EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port) => {
    const number = resolveTargetPort(port, pod);
    if (number === undefined) return [];
    return [
      {
        name: port.name ?? '',
        protocol: port.protocol ?? 'TCP',
        port: number,
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      },
    ];
  });
}

/** The number behind a service port in this pod; undefined where the pod has no port of that name. */
export function resolveTargetPort(
  port: DeepReadonly<NonNullable<NonNullable<Service['spec']>['ports']>[number]>,
  pod: ReadonlyPod,
): number | undefined {
  const target =
    port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '' ? port.port : port.targetPort;
  if (typeof target === 'number') return target;
  const containers = [
    ...(pod.spec?.containers ?? []),
    ...(pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always'),
  ];
  return containers
    .flatMap((container) => container.ports ?? [])
    .find((p) => p.name === target && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))?.containerPort;
}

function endpointOf(
  service: DeepReadonly<Service>,
  pod: ReadonlyPod,
  address: string,
  nodeOf: (name: string) => DeepReadonly<Node> | undefined,
): Endpoint {
  const isTerminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !isTerminating);
  const { nodeName, hostname, subdomain } = pod.spec ?? {};
  const zone = nodeName ? nodeOf(nodeName)?.metadata.labels?.['topology.kubernetes.io/zone'] : undefined;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating: isTerminating },
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

/**
 * Which slices to write so that they hold exactly the groups. What is there is kept where it may be: an endpoint stays in
 * its slice, new ones fill slices that have room and change anyway, so that watchers get few and small events.
 */
export function planEndpointSlices(
  service: DeepReadonly<Service>,
  groups: readonly EndpointGroup[],
  existing: readonly DeepReadonly<EndpointSlice>[],
): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], remove: [] };
  const left = new Set(existing.filter((slice) => slice.metadata.deletionTimestamp === undefined));
  for (const group of groups) {
    const key = portKey(group.ports);
    const slices = [...left].filter(
      (slice) => slice.addressType === group.addressType && portKey(slice.ports ?? []) === key,
    );
    for (const slice of slices) left.delete(slice);
    planGroup(service, group, slices, plan);
  }
  plan.remove.push(...left);
  return plan;
}

function planGroup(
  service: DeepReadonly<Service>,
  group: EndpointGroup,
  slices: readonly DeepReadonly<EndpointSlice>[],
  plan: SlicePlan,
): void {
  const missing = new Map(group.endpoints.map((endpoint) => [endpointKey(endpoint), endpoint]));
  const kept = slices.map((slice) => {
    const endpoints = (slice.endpoints ?? []).flatMap((endpoint) => {
      const key = endpointKey(endpoint);
      const wanted = missing.get(key);
      missing.delete(key);
      return wanted ? [wanted] : [];
    });
    const isChanged =
      !semanticEqual(endpoints, slice.endpoints ?? []) || !semanticEqual(labelsOf(service), slice.metadata.labels);
    return { slice, endpoints, isChanged };
  });
  const fresh = [...missing.values()];
  // First those that are written anyway, then, for what is left over, the one with the most room that still fits all of it.
  for (const entry of kept)
    if (entry.isChanged) entry.endpoints.push(...fresh.splice(0, maxEndpointsPerSlice - entry.endpoints.length));
  if (fresh.length > 0) {
    const roomy = kept
      .filter((entry) => entry.endpoints.length + fresh.length <= maxEndpointsPerSlice)
      .sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
    if (roomy) {
      roomy.endpoints.push(...fresh.splice(0));
      roomy.isChanged = true;
    }
  }
  const created: EndpointSlice[] = [];
  while (fresh.length > 0) created.push(newSlice(service, group, fresh.splice(0, maxEndpointsPerSlice)));
  let isFirst = created.length === 0;
  for (const { slice, endpoints, isChanged } of kept) {
    if (endpoints.length === 0 && (!isFirst || group.endpoints.length > 0)) {
      plan.remove.push(slice);
      continue;
    }
    isFirst = false;
    if (isChanged)
      plan.update.push({
        ...(slice as EndpointSlice),
        metadata: { ...(slice as EndpointSlice).metadata, labels: labelsOf(service) },
        endpoints,
      });
  }
  if (kept.length === 0 && created.length === 0) created.push(newSlice(service, group, []));
  plan.create.push(...created);
}

function newSlice(service: DeepReadonly<Service>, group: EndpointGroup, endpoints: Endpoint[]): EndpointSlice {
  const { namespace, name } = service.metadata;
  return {
    apiVersion: apiVersionOf(endpointSlices),
    kind: endpointSlices.kind,
    metadata: {
      namespace,
      generateName: `${name}-`,
      labels: labelsOf(service),
      ownerReferences: [controllerReference(service, services)],
    },
    addressType: group.addressType,
    ports: [...group.ports],
    endpoints,
  };
}

/** The service's labels, then those by which slices are found. */
function labelsOf(service: DeepReadonly<Service>): Record<string, string> {
  const { [headlessLabel]: _headless, ...own } = service.metadata.labels ?? {};
  return {
    ...own,
    ...(service.spec?.clusterIP === 'None' ? { [headlessLabel]: '' } : {}),
    [serviceNameLabel]: service.metadata.name!,
    [managedByLabel]: managedBy,
  };
}

function portKey(ports: readonly DeepReadonly<EndpointPort>[]): string {
  return ports
    .map(
      ({ name, protocol, port, appProtocol }) =>
        `${name ?? ''}/${protocol ?? 'TCP'}/${port ?? ''}/${appProtocol ?? ''}`,
    )
    .sort()
    .join(',');
}

/** The pod an endpoint stands for, at this address. */
function endpointKey(endpoint: DeepReadonly<Endpoint>): string {
  return `${endpoint.addresses[0]} ${endpoint.targetRef?.uid ?? ''}`;
}
