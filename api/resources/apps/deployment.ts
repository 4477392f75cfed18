import type { Deployment } from '../../schema/generated/apps-v1.ts';
import { defineResource } from '../define-resource.ts';

export const deployments = defineResource<Deployment>({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.apps.v1.Deployment',
  storagePrefix: 'deployments',
  storageVersionHash: '8aSe+NMegvE=',
  subresources: {
    scale: { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'Deployment', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
