import type { Lease } from '../../schema/generated/coordination-v1.ts';
import { defineResource } from '../define-resource.ts';

export const leases = defineResource<Lease>({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.coordination.v1.Lease',
  storagePrefix: 'leases',
  storageVersionHash: 'gqkMMb/YqFM=',
  columns: [],
});
