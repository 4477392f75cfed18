import type { ReplicationController } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const replicationControllers = defineResource<ReplicationController>({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.ReplicationController',
  storagePrefix: 'controllers',
  storageVersionHash: 'Jond2If31h0=',
  subresources: {
    scale: { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'ReplicationController', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
