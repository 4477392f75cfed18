import type { DaemonSet } from '../../schema/generated/apps-v1.ts';
import { defineResource } from '../define-resource.ts';

export const daemonSets = defineResource<DaemonSet>({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.apps.v1.DaemonSet',
  storagePrefix: 'daemonsets',
  storageVersionHash: 'dd7pWHUlMKQ=',
  subresources: {
    status: { kind: 'DaemonSet', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
