import type { ServiceCIDR } from '../../schema/generated/networking-v1.ts';
import { defineResource } from '../define-resource.ts';

export const serviceCIDRs = defineResource<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  scope: 'Cluster',
  typeName: 'io.k8s.api.networking.v1.ServiceCIDR',
  storagePrefix: 'servicecidrs',
  storageVersionHash: 'gNLvruQhW2g=',
  subresources: {
    status: { kind: 'ServiceCIDR', verbs: ['get', 'patch', 'update'] },
  },
  columns: [],
});
