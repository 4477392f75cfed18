import { checkNotNegative, unsupported, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import type { CronJob, CronJobSpec } from '../../schema/generated/batch-v1.ts';
import { CronScheduleError, parseCronSchedule } from './cron-schedule.ts';
import { validateJobSpec } from './job-validation.ts';

/** The controller adds a dash and ten digits. */
const nameMaxLength = 63 - 11;
const concurrencyPolicies = ['Allow', 'Forbid', 'Replace'];

export function validateCronJob(cronJob: CronJob): FieldError[] {
  const errors: Errors = [];
  if (cronJob.spec) validateSpec(cronJob.spec, undefined, errors);
  const { name = '' } = cronJob.metadata;
  if (name.length > nameMaxLength)
    errors.push(invalidValue('metadata.name', name, `must be no more than ${nameMaxLength} characters`));
  return errors;
}

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
    // Its selector is always made by the server.
    if (job.manualSelector) errors.push(unsupportedTrue('spec.jobTemplate.spec.manualSelector'));
    validateJobSpec(job, 'spec.jobTemplate.spec', errors);
  }
  checkNotNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', errors);
  checkNotNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', errors);
}

function unsupportedTrue(field: string): FieldError {
  return unsupported(field, true, ['nil', 'false']);
}

function validateSchedule({ schedule, timeZone }: CronJobSpec, old: CronJobSpec | undefined, errors: Errors): void {
  const field = 'spec.schedule';
  const hasZone = schedule.includes('TZ');
  // One that was there before zones were refused may stay.
  const isKept = hasZone && old?.schedule.includes('TZ');
  if (hasZone && timeZone !== undefined)
    errors.push(invalidValue(field, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  else if (hasZone && !isKept)
    errors.push(invalidValue(field, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  try {
    parseCronSchedule(schedule.replace(/^(TZ|CRON_TZ)=\S+\s*/, ''));
  } catch (error) {
    if (!(error instanceof CronScheduleError)) throw error;
    errors.push(invalidValue(field, schedule, error.message));
  }
}

function validateTimeZone(timeZone: string | undefined, field: string, errors: Errors): void {
  if (timeZone === undefined) return;
  if (timeZone === '') errors.push(invalidValue(field, timeZone, 'timeZone must be nil or non-empty string'));
  else if (timeZone.toLowerCase() === 'local') {
    const why = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    errors.push(invalidValue(field, timeZone, why));
  } else if (!isTimeZone(timeZone)) errors.push(invalidValue(field, timeZone, `unknown time zone ${timeZone}`));
}

function isTimeZone(timeZone: string): boolean {
  // An offset such as +02:00 is no name of a zone.
  if (/^[+-]|\.\.|^\/|\\/.test(timeZone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== undefined;
  } catch {
    return false;
  }
}
