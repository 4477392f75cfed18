import type { EndpointSlice } from '../../schema/generated/discovery-v1.ts';
import { defineResource } from '../define-resource.ts';

export const endpointSlices = defineResource<EndpointSlice>({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.discovery.v1.EndpointSlice',
  storagePrefix: 'endpointslices',
  storageVersionHash: 'qgS0xkrxYAI=',
  hasGeneration: true,
  columns: [],
});
