import { withoutManagedFields } from '../api/meta/object.ts';
import { endpointSlices } from '../api/resources/discovery/endpoint-slice.ts';
import { namespaces } from '../api/resources/core/namespace.ts';
import { services } from '../api/resources/core/service.ts';
import type { Informers } from '../client/informer-factory.ts';
import type { ClusterView } from './zone.ts';

/** The view of the zone on informers; it is complete once they have synced. */
export function createClusterView(informers: Informers): ClusterView {
  const byService = informers.for(services, {
    indices: {
      ip: (service) =>
        [...new Set([service.spec?.clusterIP ?? '', ...(service.spec?.clusterIPs ?? [])])].filter(
          (ip) => ip !== '' && ip !== 'None',
        ),
    },
    transform: withoutManagedFields,
  }).lister;
  const bySlice = informers.for(endpointSlices, {
    indices: {
      service: (slice) => {
        const service = slice.metadata.labels?.['kubernetes.io/service-name'];
        return service ? [`${slice.metadata.namespace}/${service}`] : [];
      },
      ip: (slice) => [...new Set((slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses))],
    },
    transform: withoutManagedFields,
  }).lister;
  const byNamespace = informers.for(namespaces, { transform: withoutManagedFields }).lister;
  return {
    service: (namespace, name) => byService.get(`${namespace}/${name}`),
    slices: (namespace, service) => bySlice.byIndex('service', `${namespace}/${service}`),
    hasNamespace: (namespace) => byNamespace.get(namespace) !== undefined,
    serviceByIp: (address) => byService.byIndex('ip', address)[0],
    slicesByIp: (address) => bySlice.byIndex('ip', address),
  };
}
