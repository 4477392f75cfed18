import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { CronJob, CronJobSpec, JobSpec } from '../../schema/generated/batch-v1.ts';
import { cronJobs } from './cron-job.ts';

const noZoneHere = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';

function cronJob(spec: Partial<CronJobSpec>, job: Partial<JobSpec> = {}): CronJob {
  const pod = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] };
  const made = {
    metadata: { name: 'c', namespace: 'n' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: { spec: pod }, ...job } }, ...spec },
  } as CronJob;
  cronJobs.setDefaults?.(made);
  return made;
}

describe('validation of cron jobs', () => {
  for (const { schedule, errors } of [
    { schedule: '@every 90s', errors: [] },
    {
      schedule: '@every 1d',
      errors: ['failed to parse duration @every 1d: time: unknown unit "d" in duration "1d"'],
    },
    { schedule: '* * *', errors: ['expected exactly 5 fields, found 3: [* * *]'] },
    { schedule: 'TZ=UTC * * * * *', errors: [noZoneHere] },
    { schedule: 'CRON_TZ=X/Y * * * * *', errors: ['provided bad location X/Y: unknown time zone X/Y', noZoneHere] },
    { schedule: 'TZ=UTC * *', errors: ['expected exactly 5 fields, found 2: [* *]', noZoneHere] },
    {
      schedule: 'TZ=UTC',
      errors: ['invalid schedule format: runtime error: slice bounds out of range [:-1]', noZoneHere],
    },
  ])
    it(`schedule ${schedule}`, () => {
      const found = (cronJobs.validate?.(cronJob({ schedule })) ?? []).map(String);
      assert.deepEqual(
        found,
        errors.map((why) => `spec.schedule: Invalid value: ${JSON.stringify(schedule)}: ${why}`),
      );
    });

  const explicit = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
  for (const { timeZone, errors } of [
    { timeZone: 'Europe/Berlin', errors: [] },
    { timeZone: 'Europe/Kyiv', errors: [] },
    { timeZone: 'Etc/GMT+5', errors: [] },
    { timeZone: 'EST', errors: [] },
    { timeZone: 'PST', errors: ['unknown time zone PST'] },
    { timeZone: 'utc', errors: ['unknown time zone utc'] },
    { timeZone: 'europe/berlin', errors: ['unknown time zone europe/berlin'] },
    { timeZone: 'Europe//Berlin', errors: ['unknown time zone Europe//Berlin'] },
    { timeZone: '../Berlin', errors: ['unknown time zone ../Berlin'] },
    { timeZone: 'Mars/Olympus', errors: ['unknown time zone Mars/Olympus'] },
    { timeZone: 'Local', errors: [explicit] },
    { timeZone: 'local', errors: [explicit, 'unknown time zone local'] },
    { timeZone: '', errors: ['timeZone must be nil or non-empty string'] },
  ])
    it(`time zone ${JSON.stringify(timeZone)}`, () => {
      const found = (cronJobs.validate?.(cronJob({ timeZone })) ?? []).map(String);
      assert.deepEqual(
        found,
        errors.map((why) => `spec.timeZone: Invalid value: ${JSON.stringify(timeZone)}: ${why}`),
      );
    });

  it('a job template has no selector of its own', () => {
    const made = cronJob({}, { parallelism: -1, manualSelector: true, selector: { matchLabels: { a: 'b' } } });
    assert.deepEqual((cronJobs.validate?.(made) ?? []).map(String), [
      'spec.jobTemplate.spec.parallelism: Invalid value: -1: must be greater than or equal to 0',
      'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated',
      'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
    ]);
  });

  it('a zone in a schedule that was there before stays, but not beside a time zone', () => {
    const schedule = 'TZ=UTC * * * * *';
    const old = cronJob({ schedule });
    assert.deepEqual(cronJobs.validateUpdate?.(cronJob({ schedule }), old), []);
    assert.deepEqual((cronJobs.validateUpdate?.(cronJob({ schedule, timeZone: 'UTC' }), old) ?? []).map(String), [
      `spec.schedule: Invalid value: "${schedule}": cannot use both timeZone field and TZ or CRON_TZ in schedule`,
    ]);
  });
});
