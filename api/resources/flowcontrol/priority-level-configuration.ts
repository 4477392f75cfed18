import type { PriorityLevelConfiguration } from '../../schema/generated/flowcontrol-v1.ts';
import { defineResource } from '../define-resource.ts';

export const priorityLevelConfigurations = defineResource<PriorityLevelConfiguration>({
  group: 'flowcontrol.apiserver.k8s.io',
  version: 'v1',
  kind: 'PriorityLevelConfiguration',
  plural: 'prioritylevelconfigurations',
  scope: 'Cluster',
  typeName: 'io.k8s.api.flowcontrol.v1.PriorityLevelConfiguration',
  storagePrefix: 'prioritylevelconfigurations',
  storageVersionHash: 'Kir5PVfvNeI=',
  subresources: {
    status: { kind: 'PriorityLevelConfiguration', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
