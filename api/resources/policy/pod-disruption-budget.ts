import type { PodDisruptionBudget } from '../../schema/generated/policy-v1.ts';
import { defineResource } from '../define-resource.ts';

export const podDisruptionBudgets = defineResource<PodDisruptionBudget>({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  storagePrefix: 'poddisruptionbudgets',
  storageVersionHash: 'EVWiDmWqyJw=',
  subresources: {
    status: { kind: 'PodDisruptionBudget', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
