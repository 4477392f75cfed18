import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Job, JobSpec, JobStatus } from '../../schema/generated/batch-v1.ts';
import type { PodSpec } from '../../schema/generated/core-v1.ts';
import { jobs } from './job.ts';

const notIndexed = 'requires indexed completion mode';

function job(spec: Partial<JobSpec>, pod: Partial<PodSpec> = {}, status: JobStatus = {}): Job {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }], ...pod } };
  const made = { metadata: { name: 'j', namespace: 'n', uid: 'u' }, spec: { template, ...spec } } as Job;
  jobs.setDefaults?.(made);
  jobs.prepareForCreate?.(made);
  made.status = status;
  return made;
}

describe('validation of jobs', () => {
  const many = { completionMode: 'Indexed', completions: 200_000, backoffLimitPerIndex: 1 };
  const exits = (values?: number[]): Partial<JobSpec> => ({
    podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: values! } }] },
  });
  for (const { what, spec, errors } of [
    {
      what: 'an unknown mode says nothing of limits per index',
      spec: { completionMode: 'X', backoffLimitPerIndex: 1 },
      errors: ['spec.completionMode: Unsupported value: "X": supported values: "NonIndexed", "Indexed"'],
    },
    {
      what: 'limits per index need an indexed job',
      spec: { backoffLimitPerIndex: 1, maxFailedIndexes: 2 },
      errors: [
        `spec.backoffLimitPerIndex: Invalid value: 1: ${notIndexed}`,
        `spec.maxFailedIndexes: Invalid value: 2: ${notIndexed}`,
      ],
    },
    {
      what: 'many completions, many of them at once, without a limit of failures',
      spec: { ...many, parallelism: 20_000 },
      errors: [
        'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
        'spec.parallelism: Invalid value: 20000: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
      ],
    },
    {
      what: 'a success policy without rules',
      spec: { completionMode: 'Indexed', completions: 3, successPolicy: { rules: [] } },
      errors: [
        'spec.successPolicy.rules: Required value: at least one rules must be specified when the successPolicy is specified',
      ],
    },
    {
      what: 'no exit codes',
      spec: exits([]),
      errors: ['spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []: at least one value is required'],
    },
    {
      what: 'absent exit codes',
      spec: exits(),
      errors: [
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: null: at least one value is required',
      ],
    },
    {
      what: 'a manager whose parts are both wrong',
      spec: { managedBy: 'a_b.io/x y' },
      errors: [
        /^spec\.managedBy: Invalid value: "a_b\.io": a lowercase RFC 1123 subdomain/,
        /^spec\.managedBy: Invalid value: "x y": Invalid path/,
      ],
    },
  ])
    it(what, () => {
      const found = (jobs.validate?.(job(spec)) ?? []).map(String);
      assert.equal(found.length, errors.length, found.join('\n'));
      for (const [index, error] of errors.entries())
        if (typeof error === 'string') assert.equal(found[index], error);
        else assert.match(found[index]!, error);
    });

  const started = { startTime: '2026-01-01T00:00:00Z' };
  const suspended = { conditions: [{ type: 'Suspended', status: 'True' }] };
  const sized = { containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '1' } } }] };
  const placed = { nodeSelector: { zone: 'a' } };
  for (const { what, suspend = true, status = {}, pod, field } of [
    { what: 'where a suspended job runs may change', pod: placed },
    { what: 'what a suspended job needs may change', pod: sized },
    { what: 'its image may not', pod: { containers: [{ name: 'c', image: 'y' }] }, field: 'spec.template.spec' },
    { what: 'once it started neither may', status: started, pod: sized, field: 'spec.template' },
    { what: 'unless it is suspended again', status: { ...started, ...suspended }, pod: { ...sized, ...placed } },
    { what: 'without running pods', status: { ...suspended, active: 1 }, pod: placed, field: 'spec.template' },
    { what: 'nothing may change while it runs', suspend: false, pod: placed, field: 'spec.template' },
  ])
    it(`templates: ${what}`, () => {
      const found = jobs.validateUpdate?.(job({ suspend }, pod), job({ suspend }, {}, status)) ?? [];
      assert.deepEqual(
        found.map((error) => `${error.field}: ${error.detail}`),
        field ? [`${field}: field is immutable`] : [],
      );
    });

  it('an indexed job may not forget its completions, which is said once a look', () => {
    const old = job({ completionMode: 'Indexed', completions: 2, parallelism: 2 });
    const next = job({ completionMode: 'Indexed', parallelism: 2 });
    assert.deepEqual(
      [...new Set((jobs.validateUpdate?.(next, old) ?? []).map(String))],
      ['spec.completions: Required value: when completion mode is Indexed'],
    );
  });
});
