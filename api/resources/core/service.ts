import type { Service } from '../../schema/generated/core-v1.ts';
import { formatLabels, none, unknown } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { setServiceDefaults } from './service-defaults.ts';
import { dropWhatTypeLacks, keepAllocated, normalizeClusterIPs } from './service-strategy.ts';
import { keepSpec, keepStatus } from '../strategy.ts';
import { nameIsDnsLabel } from '../../meta/names.ts';
import { validateService, validateServiceStatusUpdate, validateServiceUpdate } from './service-validation.ts';
import { serviceWarnings } from './service-warnings.ts';
import { balancerWarnings } from './address-warnings.ts';
import { defineResource } from '../define-resource.ts';

export const services = defineResource<Service>({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.Service',
  storagePrefix: 'services/specs',
  returnsDeletedObject: true,
  storageVersionHash: '0/CO1lhkEBI=',
  subresources: {
    proxy: { kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    status: { kind: 'Service', verbs: ['get', 'patch', 'update'] },
  },
  allowCreateOnUpdate: true,
  setDefaults: setServiceDefaults,
  prepareForCreate: (service) => {
    service.status = { loadBalancer: {} };
    normalizeClusterIPs(service);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    keepAllocated(next, old);
    normalizeClusterIPs(next, old);
    dropWhatTypeLacks(next, old);
  },
  prepareForStatusUpdate: keepSpec,
  validateName: nameIsDnsLabel,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateStatusUpdate: validateServiceStatusUpdate,
  warnings: serviceWarnings,
  statusWarnings: ({ status }) => balancerWarnings(status?.loadBalancer?.ingress),
  columns: [
    nameColumn,
    {
      name: 'Type',
      type: 'string',
      description:
        'type determines how the Service is exposed. Defaults to ClusterIP. Valid options are ExternalName, ClusterIP, NodePort, and LoadBalancer. "ClusterIP" allocates a cluster-internal IP address for load-balancing to endpoints. Endpoints are determined by the selector or if that is not specified, by manual construction of an Endpoints object or EndpointSlice objects. If clusterIP is "None", no virtual IP is allocated and the endpoints are published as a set of endpoints rather than a virtual IP. "NodePort" builds on ClusterIP and allocates a port on every node which routes to the same endpoints as the clusterIP. "LoadBalancer" builds on NodePort and creates an external load-balancer (if supported in the current cloud) which routes to the same endpoints as the clusterIP. "ExternalName" aliases this service to the specified externalName. Several other fields do not apply to ExternalName services. More info: https://kubernetes.io/docs/concepts/services-networking/service/#publishing-services-service-types',
      cell: (service) => service.spec?.type ?? '',
    },
    {
      name: 'Cluster-IP',
      type: 'string',
      description:
        'clusterIP is the IP address of the service and is usually assigned randomly. If an address is specified manually, is in-range (as per system configuration), and is not in use, it will be allocated to the service; otherwise creation of the service will fail. This field may not be changed through updates unless the type field is also being changed to ExternalName (which requires this field to be blank) or the type field is being changed from ExternalName (in which case this field may optionally be specified, as describe above).  Valid values are "None", empty string (""), or a valid IP address. Setting this to "None" makes a "headless service" (no virtual IP), which is useful when direct endpoint connections are preferred and proxying is not required.  Only applies to types ClusterIP, NodePort, and LoadBalancer. If this field is specified when creating a Service of type ExternalName, creation will fail. This field will be wiped when updating a Service to type ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies',
      cell: (service) => service.spec?.clusterIPs?.[0] ?? none,
    },
    {
      name: 'External-IP',
      type: 'string',
      description:
        'externalIPs is a list of IP addresses for which nodes in the cluster will also accept traffic for this service.  These IPs are not managed by Kubernetes.  The user is responsible for ensuring that traffic arrives at a node with this IP.  A common example is external load-balancers that are not part of the Kubernetes system.',
      cell: formatExternalIPs,
    },
    {
      name: 'Port(s)',
      type: 'string',
      description:
        'The list of ports that are exposed by this service. More info: https://kubernetes.io/docs/concepts/services-networking/service/#virtual-ips-and-service-proxies',
      cell: formatPorts,
    },
    ageColumn,
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description:
        'Route service traffic to pods with label keys and values matching this selector. If empty or not present, the service is assumed to have an external process managing its endpoints, which Kubernetes will not modify. Only applies to types ClusterIP, NodePort, and LoadBalancer. Ignored if type is ExternalName. More info: https://kubernetes.io/docs/concepts/services-networking/service/',
      cell: (service) => formatLabels(service.spec?.selector),
    },
  ],
  selectableFields: {
    'spec.clusterIP': (service) => service.spec?.clusterIP ?? '',
    'spec.type': (service) => service.spec?.type ?? '',
  },
});

function formatExternalIPs({ spec, status }: Service): string {
  const external = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ClusterIP':
    case 'NodePort':
      return external.join(',') || none;
    case 'LoadBalancer': {
      const ingress = (status?.loadBalancer?.ingress ?? []).map((i) => i.ip || i.hostname || '').filter((i) => i);
      return [...[...new Set(ingress)].sort(), ...external].join(',') || '<pending>';
    }
    case 'ExternalName':
      return spec.externalName ?? '';
    default:
      return unknown;
  }
}

function formatPorts({ spec }: Service): string {
  const ports = (spec?.ports ?? []).map((p) =>
    p.nodePort ? `${p.port}:${p.nodePort}/${p.protocol}` : `${p.port}/${p.protocol}`,
  );
  return ports.join(',') || none;
}
