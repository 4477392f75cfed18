import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Job, JobSpec, JobStatus } from '../../schema/generated/batch-v1.ts';
import { validateJobStatusUpdate } from './job-status-validation.ts';

const start = '2024-01-01T00:00:00Z';
const end = '2024-01-01T00:01:00Z';
const conditions = (...types: string[]): JobStatus['conditions'] =>
  types.map((type) => (type.startsWith('!') ? { type: type.slice(1), status: 'False' } : { type, status: 'True' }));
const complete = conditions('SuccessCriteriaMet', 'Complete');
const failed = conditions('FailureTarget', 'Failed');
const done: JobStatus = { conditions: complete, startTime: start, completionTime: end };
const indexed: Partial<JobSpec> = { completionMode: 'Indexed', completions: 8, parallelism: 2 };
const perIndex: Partial<JobSpec> = { ...indexed, backoffLimitPerIndex: 1 };

interface Case {
  readonly what: string;
  readonly spec?: Partial<JobSpec>;
  readonly old?: JobStatus;
  readonly next: JobStatus;
  readonly errors?: readonly string[];
}

const cases: readonly Case[] = [
  { what: 'a job that starts', next: { active: 2, ready: 1, startTime: start } },
  { what: 'a job that completes', old: { startTime: start }, next: done },
  { what: 'a job that fails', old: { startTime: start }, next: { startTime: start, conditions: failed } },
  {
    what: 'counts below zero',
    next: { active: -1, succeeded: -2, failed: -3, ready: -4, terminating: -5 },
    errors: [
      'status.active: Invalid value: -1: must be greater than or equal to 0',
      'status.succeeded: Invalid value: -2: must be greater than or equal to 0',
      'status.failed: Invalid value: -3: must be greater than or equal to 0',
      'status.ready: Invalid value: -4: must be greater than or equal to 0',
      'status.terminating: Invalid value: -5: must be greater than or equal to 0',
      'status.failed: Invalid value: -3: cannot decrease the failed counter',
      'status.succeeded: Invalid value: -2: cannot decrease the succeeded counter',
    ],
  },
  {
    what: 'pods that wait twice to be counted',
    next: { uncountedTerminatedPods: { succeeded: ['a', '', 'a'], failed: ['b', 'a'] } },
    errors: [
      'status.uncountedTerminatedPods.succeeded[1]: Invalid value: "": must not be empty',
      'status.uncountedTerminatedPods.succeeded[2]: Duplicate value: "a"',
      'status.uncountedTerminatedPods.failed[1]: Duplicate value: "a"',
    ],
  },
  {
    what: 'a job that completes and fails',
    next: { ...done, conditions: [...complete!, ...failed!] },
    errors: [
      'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
      'status.conditions: Invalid value: cannot set Complete=True and FailureTarget=true conditions',
      'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and Failed=true conditions',
      'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
    ],
  },
  {
    what: 'a completion time before the end',
    next: { startTime: start, completionTime: end },
    errors: [
      `status.completionTime: Invalid value: "${end}": cannot set completionTime when there is no Complete=True condition`,
    ],
  },
  {
    what: 'an end without its times',
    next: { conditions: complete },
    errors: [
      'status.completionTime: Required value: completionTime is required for Complete jobs',
      'status.startTime: Required value: startTime is required for finished job',
    ],
  },
  {
    what: 'an end without a start of a suspended job that wants nothing',
    spec: { suspend: true, completions: 0 },
    next: { conditions: complete, completionTime: end },
  },
  {
    what: 'an end before the start',
    next: { ...done, startTime: end, completionTime: start },
    errors: [`status.completionTime: Invalid value: "${start}": must be equal to or after \`startTime\``],
  },
  {
    what: 'conditions of the end without those that come before',
    next: { ...done, conditions: conditions('Complete', 'Failed') },
    errors: [
      'status.conditions: Invalid value: cannot set Complete=True and Failed=true conditions',
      'status.conditions: Invalid value: cannot set Failed=True condition without the FailureTarget=true condition',
      'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
    ],
  },
  {
    what: 'an end while pods run',
    next: { ...done, active: 1, terminating: 1, uncountedTerminatedPods: { failed: ['a'] } },
    errors: [
      'status.active: Invalid value: 1: active>0 is invalid for finished job',
      'status.uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a"]}: must be empty for finished job',
      'status.terminating: Invalid value: 1: terminating>0 is invalid for finished job',
    ],
  },
  {
    what: 'what an earlier write broke, where it stays as it was',
    old: { conditions: conditions('Complete'), active: 1, ready: 3, terminating: 1, completedIndexes: 'x' },
    next: { conditions: conditions('Complete'), active: 1, ready: 3, terminating: 1, completedIndexes: 'x', failed: 1 },
  },
  {
    what: 'indexes of a job that has none',
    next: { completedIndexes: '0', failedIndexes: '1' },
    errors: [
      'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
      'status.failedIndexes: Invalid value: "1": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
    ],
  },
  {
    what: 'indexes that are none',
    spec: perIndex,
    next: { completedIndexes: '8', failedIndexes: '2-1' },
    errors: [
      'status.completedIndexes: Invalid value: "8": error parsing completedIndexes: too large index: "8"',
      'status.failedIndexes: Invalid value: "2-1": error parsing failedIndexes: non-increasing order, previous: 2, current: 1',
    ],
  },
  {
    what: 'an index that completed and failed',
    spec: perIndex,
    next: { completedIndexes: '0-4', failedIndexes: '3-6' },
    errors: ['status.failedIndexes: Invalid value: "3-6": failedIndexes and completedIndexes overlap at index: 3'],
  },
  { what: 'no failed indexes', spec: perIndex, next: { completedIndexes: '0', failedIndexes: '' } },
  {
    what: 'more pods ready than active',
    next: { active: 1, ready: 2 },
    errors: ['status.ready: Invalid value: 2: cannot set more ready pods than active'],
  },
  {
    what: 'a job with a success policy that completes without',
    spec: { ...indexed, successPolicy: { rules: [] } },
    next: { ...done, conditions: conditions('Complete') },
    errors: [
      'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
      'status.conditions: Invalid value: cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True',
    ],
  },
  {
    what: 'an end that is taken back',
    old: { ...done, conditions: [...complete!, ...failed!] },
    next: { startTime: start, conditions: conditions('!Complete') },
    errors: [
      'status.conditions: Invalid value: cannot disable the terminal Failed=True condition',
      'status.conditions: Invalid value: cannot disable the terminal Complete=True condition',
      'status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition',
      'status.conditions: Invalid value: cannot disable the SuccessCriteriaMet=True condition',
    ],
  },
  {
    what: 'criteria that are met after the end',
    old: { ...done, conditions: conditions('Complete') },
    next: done,
    errors: [
      'status.conditions: Invalid value: cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions',
    ],
  },
  {
    what: 'counters that count down',
    spec: indexed,
    old: { succeeded: 3, failed: 3 },
    next: { succeeded: 2 },
    errors: [
      'status.failed: Invalid value: 0: cannot decrease the failed counter',
      'status.succeeded: Invalid value: 2: cannot decrease the succeeded counter',
    ],
  },
  {
    what: 'a job that was scaled down',
    spec: { ...indexed, parallelism: 8 },
    old: { succeeded: 3 },
    next: { succeeded: 2 },
  },
  {
    what: 'another completion time',
    old: done,
    next: { ...done, completionTime: '2024-01-01T00:02:00Z' },
    errors: ['status.completionTime: Invalid value: "2024-01-01T00:02:00Z": field is immutable'],
  },
  {
    what: 'another start',
    old: { startTime: start },
    next: { startTime: end },
    errors: [`status.startTime: Invalid value: "${end}": field is immutable for unsuspended job once set`],
  },
  {
    what: 'a start that is taken back',
    old: { startTime: start },
    next: {},
    errors: ['status.startTime: Invalid value: null: field is immutable for unsuspended job once set'],
  },
  { what: 'a suspended job without its start', spec: { suspend: true }, old: { startTime: start }, next: {} },
  {
    what: 'a start anew of a job that was suspended',
    old: { startTime: start, conditions: conditions('Suspended') },
    next: { startTime: end, conditions: conditions('!Suspended') },
  },
];

describe('the status of a Job', () => {
  const jobOf = (spec: Partial<JobSpec>, status: JobStatus): Job => ({
    metadata: { name: 'j' },
    spec: { template: {}, ...spec },
    status,
  });
  for (const { what, spec = {}, old = {}, next, errors = [] } of cases)
    it(`${errors.length > 0 ? 'refuses' : 'takes'} ${what}`, () => {
      assert.deepEqual(validateJobStatusUpdate(jobOf(spec, next), jobOf(spec, old)).map(String), errors);
    });
});
