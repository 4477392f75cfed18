import type { CronJob, CronJobSpec, JobSpec } from '../../schema/generated/batch-v1.ts';
import { formatLabelSelector } from '../../meta/label-selector.ts';
import { none, timeSince, unset } from '../../meta/printers.ts';
import { ageColumn, containerColumns, nameColumn } from '../columns.ts';
import { setJobSpecDefaults } from './job.ts';
import { keepSpec, keepStatus } from '../strategy.ts';
import { validateCronJob, validateCronJobUpdate } from './cron-job-validation.ts';
import { cronJobWarnings } from './job-warnings.ts';
import { dropDisabledTemplateFields } from '../core/pod-disabled-fields.ts';
import { defineResource } from '../define-resource.ts';

export const cronJobs = defineResource<CronJob>({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.batch.v1.CronJob',
  storagePrefix: 'cronjobs',
  storageVersionHash: 'sd5LIXh4Fjs=',
  subresources: {
    status: { kind: 'CronJob', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  setDefaults: setCronJobDefaults,
  prepareForCreate: (cronJob) => {
    cronJob.status = {};
    if (cronJob.spec) dropDisabledTemplateFields(cronJob.spec.jobTemplate);
  },
  prepareForUpdate: (next, old) => {
    keepStatus(next, old);
    if (next.spec) dropDisabledTemplateFields(next.spec.jobTemplate, old.spec?.jobTemplate);
  },
  prepareForStatusUpdate: keepSpec,
  validate: validateCronJob,
  validateUpdate: validateCronJobUpdate,
  warnings: cronJobWarnings,
  columns: [
    nameColumn,
    {
      name: 'Schedule',
      type: 'string',
      description: 'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.',
      cell: (cronJob) => cronJob.spec?.schedule ?? '',
    },
    {
      name: 'Timezone',
      type: 'string',
      description:
        'The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones. If not specified, this will default to the time zone of the kube-controller-manager process. The set of valid time zone names and the time zone offset is loaded from the system-wide time zone database by the API server during CronJob validation and the controller manager during execution. If no system-wide time zone database can be found a bundled version of the database is used instead. If the time zone name becomes invalid during the lifetime of a CronJob or due to a change in host configuration, the controller will stop creating new new Jobs and will create a system event with the reason UnknownTimeZone. More information can be found in https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones',
      cell: (cronJob) => cronJob.spec?.timeZone ?? none,
    },
    {
      name: 'Suspend',
      type: 'boolean',
      description:
        'This flag tells the controller to suspend subsequent executions, it does not apply to already started executions.  Defaults to false.',
      cell: ({ spec }) => (spec?.suspend === undefined ? unset : spec.suspend ? 'True' : 'False'),
    },
    {
      name: 'Active',
      type: 'integer',
      description: 'A list of pointers to currently running jobs.',
      cell: (cronJob) => cronJob.status?.active?.length ?? 0,
    },
    {
      name: 'Last Schedule',
      type: 'string',
      description: 'Information when was the last time the job was successfully scheduled.',
      cell: ({ status }, nowMs) => (status?.lastScheduleTime ? timeSince(status.lastScheduleTime, nowMs) : none),
    },
    ageColumn,
    ...containerColumns<CronJob>((cronJob) => cronJob.spec?.jobTemplate.spec?.template.spec?.containers),
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description:
        'A label query over pods that should match the pod count. Normally, the system sets this field for you. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
      cell: (cronJob) => formatLabelSelector(cronJob.spec?.jobTemplate.spec?.selector),
    },
  ],
});

function setCronJobDefaults(cronJob: CronJob): void {
  const spec = (cronJob.spec ??= {} as CronJobSpec);
  cronJob.status ??= {};
  const template = (spec.jobTemplate ??= {});
  template.metadata ??= {};
  setJobSpecDefaults((template.spec ??= {} as JobSpec));
  spec.concurrencyPolicy ||= 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
}
