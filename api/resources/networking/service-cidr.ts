import type { ServiceCIDR } from '../../schema/generated/networking-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { keepSpecAndMetadata, keepStatus } from '../strategy.ts';
import { validateServiceCIDR, validateServiceCIDRUpdate } from './address-validation.ts';
import { defineResource } from '../define-resource.ts';

export const serviceCIDRs = defineResource<ServiceCIDR>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'ServiceCIDR',
  plural: 'servicecidrs',
  scope: 'Cluster',
  typeName: 'io.k8s.api.networking.v1.ServiceCIDR',
  storagePrefix: 'servicecidrs',
  resetFields: { '': [['status']], status: [['metadata'], ['spec']] },
  storageVersionHash: 'gNLvruQhW2g=',
  subresources: {
    status: { kind: 'ServiceCIDR', verbs: ['get', 'patch', 'update'] },
  },
  setDefaults: setServiceCIDRDefaults,
  prepareForCreate: (serviceCIDR) => {
    serviceCIDR.status = {};
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpecAndMetadata,
  validate: validateServiceCIDR,
  validateUpdate: validateServiceCIDRUpdate,
  columns: [
    nameColumn,
    {
      name: 'CIDRs',
      type: 'string',
      description:
        'CIDRs defines the IP blocks in CIDR notation (e.g. "192.168.0.0/24" or "2001:db8::/64") from which to assign service cluster IPs. Max of two CIDRs is allowed, one of each IP family. This field is immutable.',
      cell: (serviceCIDR) => (serviceCIDR.spec?.cidrs ?? []).join(','),
    },
    ageColumn,
  ],
});

function setServiceCIDRDefaults(serviceCIDR: ServiceCIDR): void {
  serviceCIDR.spec ??= {};
  serviceCIDR.status ??= {};
}
