import type { DaemonSet, DaemonSetSpec, DaemonSetStatus } from '../../schema/generated/apps-v1.ts';
import { formatLabelSelector } from '../../meta/label-selector.ts';
import { formatLabels } from '../../meta/printers.ts';
import { ageColumn, containerColumns, nameColumn } from '../columns.ts';
import { setPodTemplateDefaults } from '../core/pod-defaults.ts';
import { semanticEqual } from '../../meta/equality.ts';
import { keepSpec, keepStatus, nullConditionTimes } from '../strategy.ts';
import { validateDaemonSet, validateDaemonSetStatusUpdate, validateDaemonSetUpdate } from './daemon-set-validation.ts';
import { templateWarnings } from '../core/pod-warnings.ts';
import { dropDisabledTemplateFields } from '../core/pod-disabled-fields.ts';
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
  setDefaults: setDaemonSetDefaults,
  prepareForCreate: (set) => {
    set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
    dropDisabledTemplateFields(set);
    setTemplateGeneration(set, 1);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    dropDisabledTemplateFields(next, old);
    const isSameTemplate = semanticEqual(next.spec?.template, old.spec?.template);
    setTemplateGeneration(next, templateGeneration(old) + (isSameTemplate ? 0 : 1));
  },
  prepareForStatusUpdate: keepSpec,
  validate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  validateStatusUpdate: validateDaemonSetStatusUpdate,
  warnings: templateWarnings,
  columns: [
    nameColumn,
    {
      name: 'Desired',
      type: 'integer',
      description:
        'The total number of nodes that should be running the daemon pod (including nodes correctly running the daemon pod). More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/',
      cell: (set) => set.status?.desiredNumberScheduled ?? 0,
    },
    {
      name: 'Current',
      type: 'integer',
      description:
        'The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod. More info: https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/',
      cell: (set) => set.status?.currentNumberScheduled ?? 0,
    },
    {
      name: 'Ready',
      type: 'integer',
      description:
        'numberReady is the number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.',
      cell: (set) => set.status?.numberReady ?? 0,
    },
    {
      name: 'Up-to-date',
      type: 'integer',
      description: 'The total number of nodes that are running updated daemon pod',
      cell: (set) => set.status?.updatedNumberScheduled ?? 0,
    },
    {
      name: 'Available',
      type: 'integer',
      description:
        'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available (ready for at least spec.minReadySeconds)',
      cell: (set) => set.status?.numberAvailable ?? 0,
    },
    {
      name: 'Node Selector',
      type: 'string',
      description:
        "NodeSelector is a selector which must be true for the pod to fit on a node. Selector which must match a node's labels for the pod to be scheduled on that node. More info: https://kubernetes.io/docs/concepts/configuration/assign-pod-node/",
      cell: (set) => formatLabels(set.spec?.template.spec?.nodeSelector),
    },
    ageColumn,
    ...containerColumns<DaemonSet>((set) => set.spec?.template.spec?.containers),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description:
        "A label query over pods that are managed by the daemon set. Must match in order to be controlled. It must match the pod template's labels. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
      cell: (set) => formatLabelSelector(set.spec?.selector),
    },
  ],
});

function setDaemonSetDefaults(set: DaemonSet): void {
  // As upstream's conversion does it: so it is the writer's, although the server sets the value.
  if (set.metadata.annotations?.[templateGenerationAnnotation] === undefined) setTemplateGeneration(set, 0);
  const spec = (set.spec ??= {} as DaemonSetSpec);
  const status = (set.status ??= {} as DaemonSetStatus);
  status.currentNumberScheduled ??= 0;
  status.numberMisscheduled ??= 0;
  status.desiredNumberScheduled ??= 0;
  status.numberReady ??= 0;
  nullConditionTimes(status, 'lastTransitionTime');
  setPodTemplateDefaults((spec.template ??= {}));
  const strategy = (spec.updateStrategy ??= {});
  strategy.type ||= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= 1;
    strategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
}

const templateGenerationAnnotation = 'deprecated.daemonset.template.generation';

/** How often the template changed: a field of older API versions, kept as an annotation. */
function templateGeneration({ metadata }: DaemonSet): number {
  return Number(metadata.annotations?.[templateGenerationAnnotation] ?? 0);
}

function setTemplateGeneration({ metadata }: DaemonSet, generation: number): void {
  metadata.annotations = { ...metadata.annotations, [templateGenerationAnnotation]: String(generation) };
}
