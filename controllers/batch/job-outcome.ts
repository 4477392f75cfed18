import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Job } from '../../api/schema/generated/batch-v1.ts';
import type { ReadonlyPod } from '../framework/pod-state.ts';
import { parseIndexes } from './index-set.ts';
import type { Tally } from './tally-pods.ts';

/** How a job ends, with the words of its conditions. */
export interface Outcome {
  readonly kind: 'success' | 'failure';
  readonly reason: string;
  readonly message: string;
}

const failure = (reason: string, message: string): Outcome => ({ kind: 'failure', reason, message });
const success = (reason: string, message: string): Outcome => ({ kind: 'success', reason, message });

/** Whether the job has come to an end; undefined while it goes on. What was once decided stays. */
export function judgeOutcome(
  job: DeepReadonly<Job>,
  tally: Tally,
  active: readonly ReadonlyPod[],
  startTime: string | undefined,
  nowMs: number,
): Outcome | undefined {
  for (const { type, status, reason = '', message = '' } of job.status?.conditions ?? []) {
    if (status !== 'True') continue;
    if (type === 'FailureTarget') return failure(reason, message);
    if (type === 'SuccessCriteriaMet') return success(reason, message);
  }
  return judgeFailureOf(job, tally, active, startTime, nowMs) ?? judgeSuccessOf(job, tally, active);
}

function judgeFailureOf(
  job: DeepReadonly<Job>,
  tally: Tally,
  active: readonly ReadonlyPod[],
  startTime: string | undefined,
  nowMs: number,
): Outcome | undefined {
  const spec = job.spec!;
  const { backoffLimit = 6, activeDeadlineSeconds, maxFailedIndexes } = spec;
  if (tally.failJobMessage !== undefined) return failure('PodFailurePolicy', tally.failJobMessage);
  if (tally.totalFailed > backoffLimit || hasRestartedTooOften(job, active, backoffLimit))
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if (
    activeDeadlineSeconds !== undefined &&
    startTime &&
    !spec.suspend &&
    nowMs - Date.parse(startTime) >= activeDeadlineSeconds * 1000
  )
    return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
  const failedIndexes = tally.failedIndexes?.size ?? 0;
  if (maxFailedIndexes !== undefined && failedIndexes > maxFailedIndexes)
    return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  if (failedIndexes > 0 && failedIndexes + tally.completed.size >= tally.completions)
    return failure('FailedIndexes', 'Job has failed indexes');
  return undefined;
}

/** Containers that are restarted in place count instead of pods. */
function hasRestartedTooOften(job: DeepReadonly<Job>, active: readonly ReadonlyPod[], backoffLimit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of active)
    if (status?.phase === 'Running' || status?.phase === 'Pending')
      for (const { restartCount } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
        restarts += restartCount;
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

function judgeSuccessOf(job: DeepReadonly<Job>, tally: Tally, active: readonly ReadonlyPod[]): Outcome | undefined {
  const { completions, successPolicy } = job.spec!;
  if (tally.indexed)
    for (const [i, { succeededIndexes, succeededCount }] of (successPolicy?.rules ?? []).entries()) {
      const counting =
        succeededIndexes === undefined
          ? tally.completed
          : parseIndexes(succeededIndexes, tally.completions).intersection(tally.completed);
      const needed = succeededCount ?? parseIndexes(succeededIndexes, tally.completions).size;
      if (counting.size >= needed) return success('SuccessPolicy', `Matched rules at index ${i}`);
    }
  const isComplete =
    completions === undefined ? tally.totalSucceeded > 0 && active.length === 0 : tally.totalSucceeded >= completions;
  return isComplete ? success('CompletionsReached', 'Reached expected number of succeeded pods') : undefined;
}
