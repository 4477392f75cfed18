import type { ReplicaSet } from '../../schema/generated/apps-v1.ts';
import { defineResource } from '../define-resource.ts';

export const replicaSets = defineResource<ReplicaSet>({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.apps.v1.ReplicaSet',
  storagePrefix: 'replicasets',
  storageVersionHash: 'P1RzHs8/mWQ=',
  subresources: {
    scale: { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'ReplicaSet', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
