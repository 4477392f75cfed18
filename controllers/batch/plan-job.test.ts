import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { validateJobStatusUpdate } from '../../api/resources/batch/job-status-validation.ts';
import type { Job, JobSpec, JobStatus } from '../../api/schema/generated/batch-v1.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyPod } from '../framework/pod-state.ts';
import { formatIndexes, parseIndexes } from './index-set.ts';
import { podOfJob, trackingFinalizer } from './job-pods.ts';
import { planJob as planUnchecked, type JobPlan } from './plan-job.ts';

const start = '2026-01-01T00:00:00Z';
const nowMs = Date.parse('2026-01-01T01:00:00Z');
const recently = '2026-01-01T00:59:55Z';
const longAgo = '2026-01-01T00:10:00Z';

function job(spec: Partial<JobSpec> = {}, status: JobStatus = {}): Job {
  return {
    metadata: { namespace: 'default', name: 'sum', uid: 'job' },
    spec: {
      parallelism: 1,
      backoffLimit: 6,
      podReplacementPolicy: 'TerminatingOrFailed',
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'main:1' }] } },
      ...spec,
    },
    status: { startTime: start, ...status },
  };
}

interface PodShape {
  readonly phase?: string;
  readonly index?: number;
  readonly counted?: boolean;
  readonly isGoing?: boolean;
  readonly exitCode?: number;
  readonly finishedAt?: string;
}

function pod(uid: string, { phase = 'Running', index, counted, isGoing, exitCode, finishedAt }: PodShape = {}): Pod {
  const isOver = phase === 'Failed' || phase === 'Succeeded';
  const code = exitCode ?? (phase === 'Failed' ? 1 : 0);
  return {
    metadata: {
      namespace: 'default',
      name: uid,
      uid,
      creationTimestamp: start,
      ...(counted ? {} : { finalizers: [trackingFinalizer] }),
      ...(isGoing ? { deletionTimestamp: longAgo } : {}),
      ...(index === undefined ? {} : { annotations: { 'batch.kubernetes.io/job-completion-index': `${index}` } }),
    },
    status: {
      phase,
      ...(isOver
        ? {
            containerStatuses: [
              {
                name: 'main',
                image: '',
                imageID: '',
                ready: false,
                restartCount: 0,
                state: { terminated: { exitCode: code, finishedAt: finishedAt ?? longAgo } },
              },
            ],
          }
        : {}),
    },
  };
}

/** Every status that is planned must be one that the API takes. */
function planJob(subject: Job, pods: readonly Pod[], atMs: number): JobPlan {
  const planned = planUnchecked(subject, pods, atMs);
  assert.deepEqual(validateJobStatusUpdate({ ...subject, status: planned.status }, subject).map(String), []);
  return planned;
}

const conditions = ({ status }: JobPlan): string[] =>
  (status.conditions ?? []).map((condition) => `${condition.type} ${condition.status} ${condition.reason}`);
const names = (pods: readonly ReadonlyPod[]): string[] => pods.map(({ metadata }) => metadata.uid!).sort();

describe('planJob', () => {
  describe('how many pods', () => {
    const cases: [string, Job, Pod[], number, string[]][] = [
      ['as many as may run at once', job({ completions: 5, parallelism: 2 }), [], 2, []],
      ['no more than are left to do', job({ completions: 5, parallelism: 3 }, { succeeded: 4 }), [], 1, []],
      ['those that run count', job({ completions: 5, parallelism: 3 }), [pod('a')], 2, []],
      [
        'those too many go',
        job({ completions: 5, parallelism: 1 }),
        [pod('a'), pod('b', { phase: 'Pending' })],
        0,
        ['b'],
      ],
      ['a work queue starts none after a success', job({ parallelism: 2 }, { succeeded: 1 }), [pod('a')], 0, []],
      ['none for a suspended job', job({ completions: 1, suspend: true }), [pod('a')], 0, ['a']],
      [
        'one that goes is replaced at once',
        job({ completions: 1 }),
        [pod('a', { isGoing: true, counted: true })],
        1,
        [],
      ],
      [
        'or not before it has gone',
        job({ completions: 1, podReplacementPolicy: 'Failed' }),
        [pod('a', { isGoing: true })],
        0,
        [],
      ],
    ];
    for (const [name, subject, pods, create, remove] of cases)
      it(name, () => {
        const plan = planJob(subject, pods, nowMs);
        assert.equal(plan.create.length, create);
        assert.deepEqual(names(plan.remove), remove);
      });
  });

  it('waits after a failure, twice as long after the next', () => {
    const once = planJob(job({ completions: 1 }), [pod('a', { phase: 'Failed', finishedAt: recently })], nowMs);
    assert.equal(once.create.length, 0);
    assert.equal(once.nextCheckMs, 5_000);
    const twice = planJob(
      job({ completions: 1 }),
      [pod('a', { phase: 'Failed' }), pod('b', { phase: 'Failed', finishedAt: recently })],
      nowMs,
    );
    assert.equal(twice.nextCheckMs, 15_000);
  });

  it('counts a pod once, in three steps', () => {
    const spec = { completions: 2, parallelism: 2 };
    const ended = pod('a', { phase: 'Succeeded' });
    const first = planJob(job(spec), [ended, pod('b')], nowMs);
    assert.deepEqual(first.status.uncountedTerminatedPods, { succeeded: ['a'] });
    assert.equal(first.status.succeeded, undefined);
    assert.deepEqual(names(first.release), ['a']);
    const second = planJob(job(spec, first.status), [ended, pod('b')], nowMs);
    assert.deepEqual(second.status, first.status);
    const released = pod('a', { phase: 'Succeeded', counted: true });
    const third = planJob(job(spec, second.status), [released, pod('b')], nowMs);
    assert.equal(third.status.succeeded, 1);
    assert.deepEqual(third.status.uncountedTerminatedPods, {});
    assert.equal(planJob(job(spec, third.status), [released, pod('b')], nowMs).status.succeeded, 1);
  });

  it('is complete only when all is counted', () => {
    const first = planJob(job({ completions: 1 }), [pod('a', { phase: 'Succeeded' })], nowMs);
    assert.deepEqual(conditions(first), ['SuccessCriteriaMet True CompletionsReached']);
    const second = planJob(job({ completions: 1 }, first.status), [], nowMs);
    assert.deepEqual(conditions(second), [
      'SuccessCriteriaMet True CompletionsReached',
      'Complete True CompletionsReached',
    ]);
    assert.equal(second.status.completionTime, '2026-01-01T01:00:00Z');
  });

  it('fails beyond the back-off limit, and only once its pods have gone', () => {
    const subject = job({ completions: 2, parallelism: 2, backoffLimit: 0 });
    const first = planJob(subject, [pod('a', { phase: 'Failed' }), pod('b')], nowMs);
    assert.deepEqual(conditions(first), ['FailureTarget True BackoffLimitExceeded']);
    assert.deepEqual(names(first.remove), ['b']);
    assert.ok(first.removedCount);
    const last = planJob(job(subject.spec, first.status), [], nowMs);
    assert.ok(conditions(last).includes('Failed True BackoffLimitExceeded'));
    assert.equal(last.status.failed, 1);
  });

  it('fails when its time is over, and looks again until then', () => {
    assert.equal(planJob(job({ activeDeadlineSeconds: 3_610 }), [pod('a')], nowMs).nextCheckMs, 10_000);
    const late = planJob(job({ activeDeadlineSeconds: 3_600 }), [pod('a')], nowMs);
    assert.deepEqual(conditions(late), ['FailureTarget True DeadlineExceeded']);
  });

  it('starts anew when it is resumed', () => {
    const paused = planJob(job({ suspend: true }), [], nowMs);
    assert.deepEqual(conditions(paused), ['Suspended True JobSuspended']);
    const resumed = planJob(job({}, paused.status), [], nowMs);
    assert.deepEqual(conditions(resumed), ['Suspended False JobResumed']);
    assert.equal(resumed.status.startTime, '2026-01-01T01:00:00Z');
    assert.equal(resumed.create.length, 1);
  });

  it('keeps its start where it ends as it is resumed', () => {
    const paused = planJob(job({ suspend: true, completions: 1 }), [], nowMs);
    const done = planJob(job({ completions: 1 }, { ...paused.status, succeeded: 1 }), [], nowMs);
    assert.deepEqual(conditions(done).slice(1), [
      'SuccessCriteriaMet True CompletionsReached',
      'Complete True CompletionsReached',
    ]);
    assert.equal(done.status.startTime, start);
  });

  describe('of indexes', () => {
    const indexed = (spec: Partial<JobSpec>, status?: JobStatus): Job =>
      job({ completionMode: 'Indexed', completions: 4, parallelism: 4, ...spec }, status);

    it('makes the lowest that are missing', () => {
      const plan = planJob(indexed({ parallelism: 2 }, { completedIndexes: '0' }), [pod('a', { index: 1 })], nowMs);
      assert.deepEqual(plan.create, [{ index: 2 }]);
    });

    it('counts each once, and removes doubles', () => {
      const pods = [pod('a', { index: 0, phase: 'Succeeded' }), pod('b', { index: 1 }), pod('c', { index: 1 })];
      const plan = planJob(indexed({}), pods, nowMs);
      assert.equal(plan.status.completedIndexes, '0');
      assert.equal(plan.status.succeeded, 1);
      assert.deepEqual(names(plan.remove), ['c']);
    });

    it('gives each its own limit of failures', () => {
      const pods = [pod('a', { index: 0, phase: 'Failed' }), pod('b', { index: 1, phase: 'Failed' })];
      const plan = planJob(
        indexed({ completions: 2, backoffLimitPerIndex: 1, backoffLimit: 2 ** 31 - 1 }),
        pods,
        nowMs,
      );
      assert.deepEqual(plan.create, [
        { index: 0, failures: 1 },
        { index: 1, failures: 1 },
      ]);
      const none = planJob(
        indexed({ completions: 2, backoffLimitPerIndex: 0, backoffLimit: 2 ** 31 - 1 }),
        pods,
        nowMs,
      );
      assert.equal(none.status.failedIndexes, '0,1');
      assert.deepEqual(conditions(none), ['FailureTarget True FailedIndexes']);
    });

    it('has each either completed or failed', () => {
      const subject = indexed({
        completions: 3,
        backoffLimitPerIndex: 5,
        podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }] },
      });
      const pods = [
        pod('a', { index: 0, phase: 'Failed' }),
        pod('b', { index: 0, phase: 'Succeeded' }),
        pod('c', { index: 1, phase: 'Failed' }),
      ];
      const { status } = planJob(subject, pods, nowMs);
      assert.deepEqual([status.completedIndexes, status.failedIndexes], ['0', '1']);
      const later = planJob({ ...subject, status }, [pod('d', { index: 1, phase: 'Succeeded' })], nowMs);
      assert.deepEqual([later.status.completedIndexes, later.status.failedIndexes], ['0', '1']);
    });

    it('is content with what its policy asks for', () => {
      const successPolicy = { rules: [{ succeededIndexes: '0,2', succeededCount: 1 }] };
      const plan = planJob(indexed({ successPolicy }), [pod('a', { index: 2, phase: 'Succeeded' })], nowMs);
      assert.deepEqual(conditions(plan), ['SuccessCriteriaMet True SuccessPolicy']);
    });
  });

  describe('with a failure policy', () => {
    const policy = (action: string): Partial<JobSpec> => ({
      completions: 1,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: { rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }] },
    });
    const failed = [pod('a', { phase: 'Failed', exitCode: 42 })];

    it('fails the job at once', () => {
      const plan = planJob(job(policy('FailJob')), failed, nowMs);
      assert.equal(
        plan.status.conditions?.[0]?.message,
        'Container main for pod default/a failed with exit code 42 matching FailJob rule at index 0',
      );
    });

    it('or does not count the failure', () => {
      const plan = planJob(job(policy('Ignore')), failed, nowMs);
      assert.deepEqual(plan.status.uncountedTerminatedPods, {});
      assert.deepEqual(names(plan.release), ['a']);
      assert.equal(plan.create.length, 1);
    });
  });
});

describe('indexes in a status', () => {
  const cases: [string, number[]][] = [
    ['', []],
    ['0', [0]],
    ['0,1', [0, 1]],
    ['0-2,5,7-9', [0, 1, 2, 5, 7, 8, 9]],
  ];
  for (const [text, indexes] of cases)
    it(text || 'none', () => {
      assert.equal(formatIndexes(new Set(indexes.toReversed())), text);
      assert.deepEqual([...parseIndexes(text)], indexes);
    });

  it('stops at the number of completions', () => assert.deepEqual([...parseIndexes('1-1000000000', 3)], [1, 2]));
});

describe('podOfJob', () => {
  it('tells the pod its index', () => {
    const { metadata, spec } = podOfJob(job({ completionMode: 'Indexed' }), 3, 1);
    assert.equal(metadata.generateName, 'sum-3-');
    assert.equal(spec?.hostname, 'sum-3');
    assert.deepEqual(metadata.finalizers, [trackingFinalizer]);
    assert.equal(metadata.annotations?.['batch.kubernetes.io/job-completion-index'], '3');
    assert.equal(metadata.annotations?.['batch.kubernetes.io/job-index-failure-count'], '1');
    assert.equal(
      spec?.containers[0]?.env?.[0]?.valueFrom?.fieldRef?.fieldPath,
      "metadata.labels['batch.kubernetes.io/job-completion-index']",
    );
  });
});
