import { hasReason } from '../../api/meta/errors.ts';
import { semanticEqual } from '../../api/meta/equality.ts';
import { selectorFromLabels } from '../../api/meta/label-selector.ts';
import { objectKey, type DeepReadonly } from '../../api/meta/object.ts';
import { endpoints } from '../../api/resources/core/endpoints.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { services } from '../../api/resources/core/service.ts';
import type { EndpointAddress, Endpoints, EndpointSubset, Service } from '../../api/schema/generated/core-v1.ts';
import { resolveTargetPort } from '../discovery/plan-endpoint-slices.ts';
import { servicesOfPod } from '../discovery/services-of-pod.ts';
import { defineController, done, watch } from '../framework/define-controller.ts';
import { isNamespaceTerminating } from '../framework/namespace-terminating.ts';
import { isFinished, isReady, type ReadonlyPod } from '../framework/pod-state.ts';

const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const managedBy = 'endpoint-controller';
const headlessLabel = 'service.kubernetes.io/headless';
/** More addresses than this are cut off; `over-capacity` says so. EndpointSlices have no such bound. */
const maxAddresses = 1000;
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';

/** Keeps the Endpoints object of each service with a selector, for clients that do not read EndpointSlices yet. */
export const endpointsController = defineController({
  name: 'endpoints-controller',
  serviceAccount: 'endpoint-controller',
  queueName: 'endpoint',
  reconciles: services,
  watches: [watch(pods, servicesOfPod), watch(endpoints, (object) => [objectKey(object)])],
  create: (deps) => {
    const { client } = deps;
    const serviceLister = deps.lister(services);
    const podLister = deps.lister(pods);
    const endpointsLister = deps.lister(endpoints);
    return async (key, signal) => {
      const service = serviceLister.get(key);
      const there = endpointsLister.get(key);
      if (!service) {
        // Endpoints without a service are somebody's own, unless we made them.
        if (there?.metadata.labels?.[managedByLabel] === managedBy)
          await client
            .delete(endpoints, { namespace: there.metadata.namespace, name: there.metadata.name! }, { signal })
            .catch((error: unknown) => {
              if (!hasReason(error, 'NotFound')) throw error;
            });
        return done;
      }
      if (!service.spec?.selector || service.metadata.deletionTimestamp !== undefined) return done;
      const selector = selectorFromLabels(service.spec.selector);
      const selected = podLister
        .list(service.metadata.namespace)
        .filter((pod) => selector.matches(pod.metadata.labels));
      const { subsets, isOverCapacity } = planSubsets(service, selected);
      const labels = {
        ...withoutHeadless(service.metadata.labels),
        ...(service.spec.clusterIP === 'None' ? { [headlessLabel]: '' } : {}),
        [managedByLabel]: managedBy,
      };
      if (there && semanticEqual(there.subsets ?? [], subsets) && semanticEqual(there.metadata.labels, labels))
        return done;
      const { [overCapacityAnnotation]: _before, ...annotations } = there?.metadata.annotations ?? {};
      const next: Endpoints = {
        apiVersion: 'v1',
        kind: 'Endpoints',
        metadata: {
          ...(there as Endpoints | undefined)?.metadata,
          namespace: service.metadata.namespace,
          name: service.metadata.name,
          labels,
          annotations: { ...annotations, ...(isOverCapacity ? { [overCapacityAnnotation]: 'truncated' } : {}) },
        },
        subsets,
      };
      try {
        await (there ? client.update(endpoints, next, { signal }) : client.create(endpoints, next, { signal }));
      } catch (error) {
        if (!isNamespaceTerminating(error) && !hasReason(error, 'AlreadyExists')) throw error;
      }
      return done;
    };
  },
});

/** Addresses grouped by the ports they have, ready ones apart from those that are not; ordered, so that equal input is equal output. */
export function planSubsets(
  service: DeepReadonly<Service>,
  selected: readonly ReadonlyPod[],
): { subsets: EndpointSubset[]; isOverCapacity: boolean } {
  const groups = new Map<string, Required<Pick<EndpointSubset, 'addresses' | 'notReadyAddresses' | 'ports'>>>();
  const usable = selected
    .filter((pod) => pod.status?.podIP && !isFinished(pod) && pod.metadata.deletionTimestamp === undefined)
    .toSorted((a, b) => (a.status!.podIP! < b.status!.podIP! ? -1 : 1));
  for (const pod of usable.slice(0, maxAddresses)) {
    const ports = (service.spec?.ports ?? []).flatMap((port) => {
      const number = resolveTargetPort(port, pod);
      return number === undefined
        ? []
        : [{ name: port.name, port: number, protocol: port.protocol ?? 'TCP', appProtocol: port.appProtocol }];
    });
    if (ports.length === 0 && (service.spec?.ports ?? []).length > 0) continue;
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { addresses: [], notReadyAddresses: [], ports };
    groups.set(key, group);
    const isPublished = isReady(pod) || service.spec?.publishNotReadyAddresses === true;
    (isPublished ? group.addresses : group.notReadyAddresses).push(addressOf(service, pod));
  }
  const subsets = [...groups.values()].map(({ addresses, notReadyAddresses, ports }) => ({
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  }));
  return { subsets, isOverCapacity: usable.length > maxAddresses };
}

function addressOf(service: DeepReadonly<Service>, pod: ReadonlyPod): EndpointAddress {
  const { hostname, subdomain, nodeName } = pod.spec ?? {};
  return {
    ip: pod.status!.podIP!,
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    nodeName,
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace, name: pod.metadata.name, uid: pod.metadata.uid },
  };
}

function withoutHeadless(labels: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const { [headlessLabel]: _headless, ...others } = labels ?? {};
  return others;
}
