import type { ReplicationController } from '../../schema/generated/core-v1.ts';
import { formatLabels } from '../../meta/printers.ts';
import { ageColumn, containerColumns, nameColumn } from '../columns.ts';
import { isEmpty } from '../../meta/object.ts';
import { setPodTemplateDefaults } from './pod-defaults.ts';
import { keepSpec, keepStatus, nullConditionTimes } from '../strategy.ts';
import { selectorFromLabels } from '../../meta/label-selector.ts';
import { validateReplicaSetStatusUpdate } from '../apps/replica-set-validation.ts';
import { validateReplicationController } from './replication-controller-validation.ts';
import { workloadWarnings } from './pod-warnings.ts';
import { dropDisabledTemplateFields } from './pod-disabled-fields.ts';
import { nameIsLongName } from '../../meta/names.ts';
import { defineResource } from '../define-resource.ts';
import { replicasScale } from '../replicas-scale.ts';

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
  defaultPropagation: 'Orphan',
  storageVersionHash: 'Jond2If31h0=',
  subresources: {
    scale: { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'ReplicationController', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  validateName: nameIsLongName,
  setDefaults: setReplicationControllerDefaults,
  prepareForCreate: (controller) => {
    controller.status = { replicas: 0 };
    dropDisabledTemplateFields(controller);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    dropDisabledTemplateFields(next, old);
  },
  prepareForStatusUpdate: keepSpec,
  scale: replicasScale<ReplicationController>(({ spec }) => selectorFromLabels(spec?.selector)),
  validate: validateReplicationController,
  validateStatusUpdate: validateReplicaSetStatusUpdate,
  warnings: workloadWarnings,
  columns: [
    nameColumn,
    {
      name: 'Desired',
      type: 'integer',
      description:
        'Replicas is the number of desired replicas. This is a pointer to distinguish between explicit zero and unspecified. Defaults to 1. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller',
      cell: (controller) => controller.spec?.replicas ?? 0,
    },
    {
      name: 'Current',
      type: 'integer',
      description:
        'Replicas is the most recently observed number of replicas. More info: https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller#what-is-a-replicationcontroller',
      cell: (controller) => controller.status?.replicas ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description: 'The number of ready replicas for this replication controller.',
      cell: (controller) => controller.status?.readyReplicas ?? 0,
    },
    ageColumn,
    ...containerColumns<ReplicationController>((controller) => controller.spec?.template?.spec?.containers),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description:
        'Selector is a label query over pods that should match the Replicas count. If Selector is empty, it is defaulted to the labels present on the Pod template. Label keys and values that must match in order to be controlled by this replication controller, if empty defaulted to labels on Pod template. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
      cell: (controller) => formatLabels(controller.spec?.selector),
    },
  ],
  selectableFields: {
    'status.replicas': (controller) => String(controller.status?.replicas ?? 0),
  },
});

function setReplicationControllerDefaults(controller: ReplicationController): void {
  const spec = (controller.spec ??= {});
  controller.status ??= { replicas: 0 };
  controller.status.replicas ??= 0;
  nullConditionTimes(controller.status, 'lastTransitionTime');
  spec.replicas ??= 1;
  if (!spec.template) return;
  setPodTemplateDefaults(spec.template);
  const labels = spec.template.metadata?.labels;
  if (!labels) return;
  if (isEmpty(spec.selector)) spec.selector = { ...labels };
  if (isEmpty(controller.metadata.labels)) controller.metadata.labels = { ...labels };
}
