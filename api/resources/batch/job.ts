import type { Job, JobSpec } from '../../schema/generated/batch-v1.ts';
import { formatLabelSelector } from '../../meta/label-selector.ts';
import { humanDuration } from '../../meta/duration.ts';
import { ageColumn, containerColumns, nameColumn } from '../columns.ts';
import { isEmpty } from '../../meta/object.ts';
import { setPodTemplateDefaults } from '../core/pod-defaults.ts';
import { keepSpec, keepStatus, nullConditionTimes } from '../strategy.ts';
import { validateJobStatusUpdate } from './job-status-validation.ts';
import { validateJob, validateJobUpdate } from './job-validation.ts';
import { jobWarnings } from './job-warnings.ts';
import { dropDisabledTemplateFields } from '../core/pod-disabled-fields.ts';
import { defineResource } from '../define-resource.ts';

export const jobs = defineResource<Job>({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.batch.v1.Job',
  storagePrefix: 'jobs',
  defaultPropagation: 'Orphan',
  defaultPropagationWarning:
    'child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning',
  storageVersionHash: 'mudhfqk/qZY=',
  subresources: {
    status: { kind: 'Job', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  setDefaults: setJobDefaults,
  prepareForCreate: (job) => {
    job.status = {};
    dropDisabledTemplateFields(job);
    generateSelector(job);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    dropDisabledTemplateFields(next, old);
  },
  prepareForStatusUpdate: keepSpec,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatusUpdate,
  warnings: jobWarnings,
  columns: [
    nameColumn,
    {
      name: 'Status',
      type: 'string',
      description: 'Status of the job.',
      cell: formatStatus,
    },
    {
      name: 'Completions',
      type: 'string',
      description:
        'The number of pods which reached phase Succeeded. The value increases monotonically for a given spec. However, it may decrease in reaction to scale down of elastic indexed jobs.',
      cell: formatCompletions,
    },
    {
      name: 'Duration',
      type: 'string',
      description: 'Time required to complete the job.',
      cell: formatDuration,
    },
    ageColumn,
    ...containerColumns<Job>((job) => job.spec?.template.spec?.containers),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description:
        'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
      cell: (job) => formatLabelSelector(job.spec?.selector),
    },
  ],
  selectableFields: {
    'status.successful': (job) => String(job.status?.succeeded ?? 0),
  },
  unknownFieldSelector: (label) => `field label "${label}" not supported for Job`,
});

function formatStatus({ metadata, status }: Job): string {
  const holds = (type: string): boolean =>
    status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(holds) ?? 'Running';
}

function formatCompletions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function formatDuration({ status }: Job, nowMs: number): string {
  if (!status?.startTime) return '';
  const endMs = status.completionTime ? Date.parse(status.completionTime) : nowMs;
  return humanDuration(endMs - Date.parse(status.startTime));
}

const unlimited = 2 ** 31 - 1;

function setJobDefaults(job: Job): void {
  const spec = (job.spec ??= {} as JobSpec);
  job.status ??= {};
  nullConditionTimes(job.status, 'lastProbeTime', 'lastTransitionTime');
  setJobSpecDefaults(spec);
  // A job that says neither how many pods nor how many completions runs one pod once.
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : unlimited;
  const labels = spec.template.metadata?.labels;
  // One map for both, as upstream has it: labels that the strategy adds to the template show on the job too.
  if (labels && isEmpty(job.metadata.labels)) job.metadata.labels = labels;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  spec.manualSelector ??= false;
}

/** What the template of a CronJob has filled too; the rest is filled once there is a job. */
export function setJobSpecDefaults(spec: JobSpec): void {
  setPodTemplateDefaults((spec.template ??= {}));
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
}

/** Gives the pods labels by which they, and only they, are the job's, unless its owner takes care of that. */
function generateSelector({ metadata, spec }: Job): void {
  if (!spec || spec.manualSelector) return;
  const labels = ((spec.template.metadata ??= {}).labels ??= {});
  // What the owner wrote by hand stays: validation says where it is wrong.
  for (const key of jobNameLabels) labels[key] ??= metadata.name ?? '';
  for (const key of controllerUidLabels) labels[key] ??= metadata.uid ?? '';
  ((spec.selector ??= {}).matchLabels ??= {})[controllerUidLabel] ??= metadata.uid ?? '';
}

const controllerUidLabel = 'batch.kubernetes.io/controller-uid';
/** Each under its present and its first name. */
const controllerUidLabels = [controllerUidLabel, 'controller-uid'];
const jobNameLabels = ['batch.kubernetes.io/job-name', 'job-name'];
