import type { Service } from '../../schema/generated/core-v1.ts';
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
  storageVersionHash: '0/CO1lhkEBI=',
  subresources: {
    proxy: { kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    status: { kind: 'Service', verbs: ['get', 'patch', 'update'] },
  },
  columns: [],
});
