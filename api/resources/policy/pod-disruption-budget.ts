import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../schema/generated/policy-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { keepSpec, keepStatus } from '../strategy.ts';
import { nameIsPathSegment } from '../../meta/names.ts';
import { validateBudget, validateBudgetStatusUpdate } from './pod-disruption-budget-validation.ts';
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
  metadataRules: { anyFinalizer: true, checkedOnce: true },
  storageVersionHash: 'EVWiDmWqyJw=',
  subresources: {
    status: { kind: 'PodDisruptionBudget', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  setDefaults: setBudgetDefaults,
  prepareForCreate: (budget) => {
    budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  prepareForUpdate: keepStatus,
  prepareForStatusUpdate: keepSpec,
  validateName: nameIsPathSegment,
  validate: validateBudget,
  validateStatusUpdate: validateBudgetStatusUpdate,
  columns: [
    nameColumn,
    {
      name: 'Min Available',
      type: 'string',
      description: 'The minimum number of pods that must be available.',
      cell: ({ spec }) => String(spec?.minAvailable ?? 'N/A'),
    },
    {
      name: 'Max Unavailable',
      type: 'string',
      description: 'The maximum number of pods that may be unavailable.',
      cell: ({ spec }) => String(spec?.maxUnavailable ?? 'N/A'),
    },
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      description: 'Calculated number of pods that may be disrupted at this time.',
      cell: (budget) => budget.status?.disruptionsAllowed ?? 0,
    },
    ageColumn,
  ],
});

function setBudgetDefaults(budget: PodDisruptionBudget): void {
  budget.spec ??= {};
  const status = (budget.status ??= {} as PodDisruptionBudgetStatus);
  status.disruptionsAllowed ??= 0;
  status.currentHealthy ??= 0;
  status.desiredHealthy ??= 0;
  status.expectedPods ??= 0;
}
