import type { ResourceClaim } from '../../schema/generated/resource-v1.ts';
import { defineResource } from '../define-resource.ts';

export const resourceClaims = defineResource<ResourceClaim>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.resource.v1.ResourceClaim',
  storagePrefix: 'resourceclaims',
  storageVersionHash: 'wgAZaHcZxUg=',
  subresources: {
    status: { kind: 'ResourceClaim', verbs: ['get', 'patch', 'update'] },
  },
  columns: [],
});
