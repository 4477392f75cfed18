import type { ReplicaSet, ReplicaSetSpec, ReplicaSetStatus } from '../../schema/generated/apps-v1.ts';
import { formatLabelSelector } from '../../meta/label-selector.ts';
import { ageColumn, containerColumns, nameColumn } from '../columns.ts';
import { setPodTemplateDefaults } from '../core/pod-defaults.ts';
import { keepSpec, keepStatus, nullConditionTimes } from '../strategy.ts';
import { labelSelectorOf } from '../../meta/label-selector.ts';
import {
  validateReplicaSet,
  validateReplicaSetStatusUpdate,
  validateReplicaSetUpdate,
} from './replica-set-validation.ts';
import { workloadWarnings } from '../core/pod-warnings.ts';
import { dropDisabledTemplateFields } from '../core/pod-disabled-fields.ts';
import { defineResource } from '../define-resource.ts';
import { replicasScale } from '../replicas-scale.ts';

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
  setDefaults: setReplicaSetDefaults,
  prepareForCreate: (set) => {
    set.status = { replicas: 0 };
    dropDisabledTemplateFields(set);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    dropDisabledTemplateFields(next, old);
  },
  prepareForStatusUpdate: keepSpec,
  scale: replicasScale<ReplicaSet>(({ spec }) => labelSelectorOf(spec?.selector)),
  validate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
  validateStatusUpdate: validateReplicaSetStatusUpdate,
  warnings: workloadWarnings,
  columns: [
    nameColumn,
    {
      name: 'Desired',
      type: 'integer',
      description:
        'Replicas is the number of desired pods. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset',
      cell: (set) => set.spec?.replicas ?? 0,
    },
    {
      name: 'Current',
      type: 'integer',
      description:
        'Replicas is the most recently observed number of non-terminating pods. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicaset',
      cell: (set) => set.status?.replicas ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description: 'The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.',
      cell: (set) => set.status?.readyReplicas ?? 0,
    },
    ageColumn,
    ...containerColumns<ReplicaSet>((set) => set.spec?.template?.spec?.containers),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description:
        "Selector is a label query over pods that should match the replica count. Label keys and values that must match in order to be controlled by this replica set. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
      cell: (set) => formatLabelSelector(set.spec?.selector),
    },
  ],
});

function setReplicaSetDefaults(set: ReplicaSet): void {
  const spec = (set.spec ??= {} as ReplicaSetSpec);
  (set.status ??= {} as ReplicaSetStatus).replicas ??= 0;
  nullConditionTimes(set.status, 'lastTransitionTime');
  setPodTemplateDefaults((spec.template ??= {}));
  spec.replicas ??= 1;
}
