import type { FlowSchema } from '../../schema/generated/flowcontrol-v1.ts';
import { defineResource } from '../define-resource.ts';

export const flowSchemas = defineResource<FlowSchema>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'FlowSchema',
  plural: 'flowschemas',
  scope: 'Cluster',
  typeName: 'io.k8s.api.flowcontrol.v1.FlowSchema',
  storagePrefix: 'flowschemas',
  storageVersionHash: 'GJVAJZSZBIw=',
  subresources: {
    status: { kind: 'FlowSchema', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
