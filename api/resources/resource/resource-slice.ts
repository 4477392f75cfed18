import type { ResourceSlice } from '../../schema/generated/resource-v1.ts';
import { defineResource } from '../define-resource.ts';

export const resourceSlices = defineResource<ResourceSlice>({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  scope: 'Cluster',
  typeName: 'io.k8s.api.resource.v1.ResourceSlice',
  storagePrefix: 'resourceslices',
  storageVersionHash: 'KsC072WgaEY=',
  hasGeneration: true,
  columns: [],
});
