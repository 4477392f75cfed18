import type { Node } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const nodes = defineResource<Node>({
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  shortNames: ['no'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.core.v1.Node',
  storagePrefix: 'minions',
  storageVersionHash: 'XwShjMxG9Fs=',
  subresources: {
    proxy: { kind: 'NodeProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    status: { kind: 'Node', verbs: ['get', 'patch', 'update'] },
  },
  columns: [],
});
