import { checkNotNegative, unsupported, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { shownSelector } from '../../meta/label-validation.ts';
import type { CronJob, CronJobSpec } from '../../schema/generated/batch-v1.ts';
import { CronScheduleError, parseCronSchedule } from './cron-schedule.ts';
import { validateJobSpec } from './job-validation.ts';
import { isTimeZone } from './time-zone.ts';

/** The controller adds a dash and ten digits. */
const nameMaxLength = 63 - 11;
const concurrencyPolicies = ['Allow', 'Forbid', 'Replace'];

/**
 * Upstream's `ValidateCronJobCreate`, after defaults. The name leaves room for what the controller adds, the schedule
 * has no zone in it, and the template of jobs has no selector.
 */
export function validateCronJob(cronJob: CronJob): FieldError[] {
  const errors: Errors = [];
  if (cronJob.spec) validateSpec(cronJob.spec, undefined, errors);
  const { name = '' } = cronJob.metadata;
  if (name.length > nameMaxLength)
    errors.push(invalidValue('metadata.name', name, `must be no more than ${nameMaxLength} characters`));
  return errors;
}

/**
 * Upstream's `ValidateCronJobUpdate`. The name is not looked at, nor is a `timeZone` that stays the same; a zone in the
 * schedule may stay where `old` had one, as long as `timeZone` is not set.
 */
export function validateCronJobUpdate(next: CronJob, old: CronJob): FieldError[] {
  const errors: Errors = [];
  if (next.spec) validateSpec(next.spec, old.spec, errors);
  return errors;
}

function validateSpec(spec: CronJobSpec, old: CronJobSpec | undefined, errors: Errors): void {
  if (!spec.schedule) errors.push(required('spec.schedule'));
  else validateSchedule(spec, old, errors);
  checkNotNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', errors);
  if (old?.timeZone === undefined || old.timeZone !== spec.timeZone)
    validateTimeZone(spec.timeZone, 'spec.timeZone', errors);
  const policy = spec.concurrencyPolicy;
  if (!policy) errors.push(required('spec.concurrencyPolicy'));
  else if (!concurrencyPolicies.includes(policy))
    errors.push(unsupported('spec.concurrencyPolicy', policy, concurrencyPolicies));
  const job = spec.jobTemplate.spec;
  if (job) {
    const path = 'spec.jobTemplate.spec';
    validateJobSpec(job, path, errors);
    if (job.selector)
      errors.push(invalidValue(`${path}.selector`, shownSelector(job.selector), '`selector` will be auto-generated'));
    if (job.manualSelector) errors.push(unsupported(`${path}.manualSelector`, true, ['nil', 'false']));
  }
  checkNotNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', errors);
  checkNotNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', errors);
}

function validateSchedule({ schedule, timeZone }: CronJobSpec, old: CronJobSpec | undefined, errors: Errors): void {
  const field = 'spec.schedule';
  const why = whyNoSchedule(schedule);
  if (why !== undefined) errors.push(invalidValue(field, schedule, why));
  if (!schedule.includes('TZ')) return;
  // One that was there before zones were refused may stay.
  if (!old?.schedule.includes('TZ'))
    errors.push(invalidValue(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  else if (timeZone !== undefined)
    errors.push(invalidValue(field, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
}

/** What is wrong with a schedule, which may begin with its zone. */
function whyNoSchedule(schedule: string): string | undefined {
  let fields = schedule;
  const zone = /^(?:TZ|CRON_TZ)=([^ ]*)( .*)?$/s.exec(schedule);
  if (zone) {
    const [, name = '', rest] = zone;
    // The words of the parser's panic: it looks for a blank behind the zone.
    if (rest === undefined) return 'invalid schedule format: runtime error: slice bounds out of range [:-1]';
    if (/^[/\\]|\.\./.test(name)) return `provided bad location ${name}: time: invalid location name`;
    if (name !== '' && name !== 'Local' && !isTimeZone(name))
      return `provided bad location ${name}: unknown time zone ${name}`;
    fields = rest.trim();
  }
  try {
    parseCronSchedule(fields);
    return undefined;
  } catch (error) {
    if (error instanceof CronScheduleError) return error.message;
    throw error;
  }
}

const zonePart = /^(?!-)[A-Za-z._0-9+-]{1,14}$/;

function validateTimeZone(timeZone: string | undefined, field: string, errors: Errors): void {
  if (timeZone === undefined) return;
  const unknown = invalidValue(field, timeZone, `unknown time zone ${timeZone}`);
  if (timeZone === '') {
    errors.push(invalidValue(field, timeZone, 'timeZone must be nil or non-empty string'));
    return;
  }
  if (timeZone.split('/').some((part) => part === '.' || part === '..' || !zonePart.test(part))) {
    errors.push(unknown);
    return;
  }
  if (timeZone.toLowerCase() === 'local') {
    const why = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    errors.push(invalidValue(field, timeZone, why));
  }
  if (timeZone !== 'Local' && !isTimeZone(timeZone)) errors.push(unknown);
}
