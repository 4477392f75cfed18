import type { ResourceQuota } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const resourceQuotas = defineResource<ResourceQuota>({
  group: '',
  version: 'v1',
  kind: 'ResourceQuota',
  plural: 'resourcequotas',
  shortNames: ['quota'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.ResourceQuota',
  storagePrefix: 'resourcequotas',
  storageVersionHash: '8uhSgffRX6w=',
  subresources: {
    status: { kind: 'ResourceQuota', verbs: ['get', 'patch', 'update'] },
  },
  columns: [],
});
