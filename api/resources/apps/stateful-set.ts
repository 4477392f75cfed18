import type { StatefulSet, StatefulSetSpec, StatefulSetStatus } from '../../schema/generated/apps-v1.ts';
import { ageColumn, containerColumns, nameColumn } from '../columns.ts';
import { setPodTemplateDefaults } from '../core/pod-defaults.ts';
import { setClaimDefaults } from '../core/volume-defaults.ts';
import { keepSpec, keepStatus, nullConditionTimes } from '../strategy.ts';
import { nameIsDnsLabel } from '../../meta/names.ts';
import { labelSelectorOf } from '../../meta/label-selector.ts';
import {
  validateStatefulSet,
  validateStatefulSetStatusUpdate,
  validateStatefulSetUpdate,
} from './stateful-set-validation.ts';
import { templateWarnings } from '../core/pod-warnings.ts';
import { warnOfClaim } from '../core/volume-warnings.ts';
import { dropDisabledTemplateFields } from '../core/pod-disabled-fields.ts';
import { defineResource } from '../define-resource.ts';
import { replicasScale } from '../replicas-scale.ts';

export const statefulSets = defineResource<StatefulSet>({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.apps.v1.StatefulSet',
  storagePrefix: 'statefulsets',
  storageVersionHash: 'H+vl74LkKdo=',
  subresources: {
    scale: { kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'StatefulSet', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  setDefaults: setStatefulSetDefaults,
  prepareForCreate: (set) => {
    set.status = { replicas: 0, availableReplicas: 0 };
    dropDisabledTemplateFields(set);
    dropMaxUnavailable(set);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    dropDisabledTemplateFields(next, old);
    if (old.spec?.updateStrategy?.rollingUpdate?.maxUnavailable === undefined) dropMaxUnavailable(next);
  },
  prepareForStatusUpdate: keepSpec,
  validateName: nameIsDnsLabel,
  scale: replicasScale<StatefulSet>(({ spec }) => labelSelectorOf(spec?.selector)),
  validate: validateStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  validateStatusUpdate: validateStatefulSetStatusUpdate,
  warnings: statefulSetWarnings,
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'Number of the pod with ready state',
      cell: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    },
    ageColumn,
    ...containerColumns<StatefulSet>((set) => set.spec?.template.spec?.containers),
  ],
});

function setStatefulSetDefaults(set: StatefulSet): void {
  const spec = (set.spec ??= {} as StatefulSetSpec);
  const status = (set.status ??= {} as StatefulSetStatus);
  status.replicas ??= 0;
  status.availableReplicas ??= 0;
  nullConditionTimes(status, 'lastTransitionTime');
  setPodTemplateDefaults((spec.template ??= {}));
  spec.replicas ??= 1;
  spec.serviceName ??= '';
  spec.podManagementPolicy ||= 'OrderedReady';
  const strategy = (spec.updateStrategy ??= {});
  if (!strategy.type) {
    strategy.type = 'RollingUpdate';
    strategy.rollingUpdate ??= {};
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0;
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {});
  retention.whenDeleted ||= 'Retain';
  retention.whenScaled ||= 'Retain';
  spec.revisionHistoryLimit ??= 10;
  if (spec.ordinals) spec.ordinals.start ??= 0;
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.kind = 'PersistentVolumeClaim';
    claim.apiVersion = 'v1';
    setClaimDefaults(claim);
  }
}

/** Updates of several pods at once are switched off: the field is not taken. */
function dropMaxUnavailable({ spec }: StatefulSet): void {
  delete spec?.updateStrategy?.rollingUpdate?.maxUnavailable;
}

function statefulSetWarnings(next: StatefulSet, old?: StatefulSet): string[] {
  const warnings = templateWarnings(next, old);
  for (const [index, { spec }] of (next.spec?.volumeClaimTemplates ?? []).entries())
    if (spec) warnOfClaim(spec, `spec.volumeClaimTemplates[${index}]${old ? '.Spec' : ''}`, warnings);
  if ((next.spec?.revisionHistoryLimit ?? 0) < 0)
    warnings.push(
      'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
    );
  return warnings;
}
