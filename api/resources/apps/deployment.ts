import type { Deployment, DeploymentSpec } from '../../schema/generated/apps-v1.ts';
import { formatLabelSelector } from '../../meta/label-selector.ts';
import { ageColumn, containerColumns, nameColumn } from '../columns.ts';
import { setPodTemplateDefaults } from '../core/pod-defaults.ts';
import { semanticEqual } from '../../meta/equality.ts';
import { keepField, keepSpec, keepStatus, nullConditionTimes } from '../strategy.ts';
import { labelSelectorOf } from '../../meta/label-selector.ts';
import {
  validateDeployment,
  validateDeploymentStatusUpdate,
  validateDeploymentUpdate,
} from './deployment-validation.ts';
import { workloadWarnings } from '../core/pod-warnings.ts';
import { dropDisabledTemplateFields } from '../core/pod-disabled-fields.ts';
import { defineResource } from '../define-resource.ts';
import { replicasScale } from '../replicas-scale.ts';

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
  resetFields: { '': [['status']], status: [['spec'], ['metadata', 'labels']] },
  storageVersionHash: '8aSe+NMegvE=',
  subresources: {
    scale: { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'Deployment', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  setDefaults: setDeploymentDefaults,
  prepareForCreate: (deployment) => {
    deployment.status = {};
    dropDisabledTemplateFields(deployment);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    dropDisabledTemplateFields(next, old);
  },
  prepareForStatusUpdate: (next, old) => {
    keepSpec(next, old);
    keepField(next.metadata, old.metadata, 'labels');
  },
  countsGeneration: (next, old) =>
    !semanticEqual(next.spec, old.spec) || !semanticEqual(next.metadata.annotations, old.metadata.annotations),
  scale: replicasScale<Deployment>(({ spec }) => labelSelectorOf(spec?.selector)),
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  validateStatusUpdate: validateDeploymentStatusUpdate,
  warnings: workloadWarnings,
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'Number of the pod with ready state',
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    },
    {
      name: 'Up-to-date',
      type: 'string',
      description:
        'Total number of non-terminating pods targeted by this deployment that have the desired template spec.',
      cell: (deployment) => deployment.status?.updatedReplicas ?? 0,
    },
    {
      name: 'Available',
      type: 'string',
      description:
        'Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment.',
      cell: (deployment) => deployment.status?.availableReplicas ?? 0,
    },
    ageColumn,
    ...containerColumns<Deployment>((deployment) => deployment.spec?.template.spec?.containers),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description:
        "Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment. It must match the pod template's labels.",
      cell: (deployment) => formatLabelSelector(deployment.spec?.selector),
    },
  ],
});

function setDeploymentDefaults(deployment: Deployment): void {
  const spec = (deployment.spec ??= {} as DeploymentSpec);
  deployment.status ??= {};
  nullConditionTimes(deployment.status, 'lastUpdateTime', 'lastTransitionTime');
  setPodTemplateDefaults((spec.template ??= {}));
  spec.replicas ??= 1;
  const strategy = (spec.strategy ??= {});
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= '25%';
    strategy.rollingUpdate.maxSurge ??= '25%';
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
}
