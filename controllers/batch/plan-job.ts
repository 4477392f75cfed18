import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Job, JobCondition, JobStatus } from '../../api/schema/generated/batch-v1.ts';
import type { EventToRecord } from '../../client/event-recorder.ts';
import { formatTime } from '../../api/meta/time.ts';
import { compareForDeletion, isActive, isFinished, isReady, type ReadonlyPod } from '../framework/pod-state.ts';
import { formatIndexes } from './index-set.ts';
import { backoffMs } from './job-backoff.ts';
import { judgeOutcome, type Outcome } from './job-outcome.ts';
import { indexOf } from './job-pods.ts';
import { tallyPods, type Tally } from './tally-pods.ts';

/** Pods that one look creates or deletes at most. */
const burst = 500;

type ReadonlyJob = DeepReadonly<Job>;

export interface JobPlan {
  /** One entry a pod to make: for which index, and how many of that index have failed. */
  readonly create: readonly { readonly index?: number; readonly failures?: number }[];
  readonly remove: readonly ReadonlyPod[];
  /** Pods that are removed count as failed: their finalizer stays until they have been counted. */
  readonly removedCount: boolean;
  /** The status once pods are made and removed. It must be written before `release` is done. */
  readonly status: JobStatus;
  /** Pods that have been written down: their finalizer may go. */
  readonly release: readonly ReadonlyPod[];
  readonly events: readonly EventToRecord[];
  /** When to look again though nothing changes, in ms from now. */
  readonly nextCheckMs?: number;
}

function jobCondition(job: ReadonlyJob, type: string): DeepReadonly<JobCondition> | undefined {
  return job.status?.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

/** Has the job come to an end, well or not? */
export function isJobFinished(job: ReadonlyJob): boolean {
  return jobCondition(job, 'Complete') !== undefined || jobCondition(job, 'Failed') !== undefined;
}

/** What a job that has not finished needs, given all pods that are its own, as upstream's job controller decides. */
export function planJob(job: ReadonlyJob, pods: readonly ReadonlyPod[], nowMs: number): JobPlan {
  const now = formatTime(nowMs);
  const isSuspended = job.spec?.suspend === true;
  const tally = tallyPods(job, pods);
  const active = pods.filter(isActive);
  const terminating = pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isFinished(pod));
  const wasSuspended = jobCondition(job, 'Suspended') !== undefined;
  const startTime = isSuspended ? job.status?.startTime : wasSuspended ? now : (job.status?.startTime ?? now);
  const outcome = judgeOutcome(job, tally, active, startTime, nowMs);
  const pieces = planPods(job, { pods, active, terminating, tally, outcome, nowMs });

  const conditions = createConditions(job, now);
  const events: EventToRecord[] = [];
  const isSettled = active.length === 0 && terminating.length === 0 && tally.isAllCounted && pieces.create.length === 0;
  if (outcome?.kind === 'failure') {
    conditions.set('FailureTarget', 'True', outcome.reason, outcome.message);
    if (isSettled) {
      conditions.set('Failed', 'True', outcome.reason, outcome.message);
      events.push({ type: 'Warning', reason: outcome.reason, message: outcome.message });
    }
  } else if (outcome) {
    conditions.set('SuccessCriteriaMet', 'True', outcome.reason, outcome.message);
    if (isSettled) {
      conditions.set('Complete', 'True', outcome.reason, outcome.message);
      events.push({ type: 'Normal', reason: 'Completed', message: 'Job completed' });
    }
  } else if (isSuspended && !wasSuspended) {
    conditions.set('Suspended', 'True', 'JobSuspended', 'Job suspended');
    events.push({ type: 'Normal', reason: 'Suspended', message: 'Job suspended' });
  } else if (!isSuspended && wasSuspended) {
    conditions.set('Suspended', 'False', 'JobResumed', 'Job resumed');
    events.push({ type: 'Normal', reason: 'Resumed', message: 'Job resumed' });
  }
  const isComplete = outcome?.kind === 'success' && isSettled;
  // A job that ends before it is known to run again keeps its start.
  const begun = outcome ? (job.status?.startTime ?? startTime) : startTime;
  const removed = new Set(pieces.remove);
  const status: JobStatus = {
    ...(conditions.list.length > 0 ? { conditions: conditions.list } : {}),
    // A job that was suspended before it started and ends so has no other time to tell.
    ...(begun || isComplete ? { startTime: begun ?? now } : {}),
    ...(isComplete ? { completionTime: now } : {}),
    ...count('active', active.length - pieces.remove.length + pieces.create.length),
    ...count('succeeded', tally.indexed ? tally.completed.size : tally.succeeded),
    ...count('failed', tally.failed),
    ...(tally.completed.size > 0 ? { completedIndexes: formatIndexes(tally.completed) } : {}),
    ...(tally.failedIndexes ? { failedIndexes: formatIndexes(tally.failedIndexes) } : {}),
    uncountedTerminatedPods: {
      ...(tally.uncounted.succeeded.length > 0 ? { succeeded: tally.uncounted.succeeded } : {}),
      ...(tally.uncounted.failed.length > 0 ? { failed: tally.uncounted.failed } : {}),
    },
    terminating: terminating.length + pieces.remove.length,
    ready: active.filter((pod) => isReady(pod) && !removed.has(pod)).length,
  };
  const waits = [pieces.waitMs, deadlineMs(job, startTime, outcome, nowMs)].filter((wait) => wait !== undefined);
  return {
    create: pieces.create,
    remove: pieces.remove,
    removedCount: outcome?.kind === 'failure',
    status,
    release: tally.release,
    events,
    ...(waits.length > 0 ? { nextCheckMs: Math.min(...waits) } : {}),
  };
}

interface Seen {
  readonly pods: readonly ReadonlyPod[];
  readonly active: readonly ReadonlyPod[];
  readonly terminating: readonly ReadonlyPod[];
  readonly tally: Tally;
  readonly outcome: Outcome | undefined;
  readonly nowMs: number;
}

interface Pieces {
  readonly create: JobPlan['create'];
  readonly remove: readonly ReadonlyPod[];
  readonly waitMs?: number;
}

function planPods(job: ReadonlyJob, seen: Seen): Pieces {
  const { active, outcome, tally } = seen;
  const spec = job.spec!;
  if (outcome || spec.suspend) return { create: [], remove: active.slice(0, burst) };
  if (job.metadata.deletionTimestamp !== undefined) return { create: [], remove: [] };
  const parallelism = spec.parallelism ?? 1;
  const isOpenEnded = spec.completions === undefined;
  let wanted: number;
  // A job without a number of completions starts nothing more once one pod has succeeded.
  if (isOpenEnded) wanted = tally.totalSucceeded > 0 ? Math.min(active.length, parallelism) : parallelism;
  else wanted = Math.max(0, Math.min(parallelism, spec.completions! - tally.totalSucceeded));
  const doubles = tally.indexed ? withoutWork(active, tally) : [];
  const surplus = Math.max(active.length - wanted, doubles.length);
  if (surplus > 0) {
    const others = active.filter((pod) => !doubles.includes(pod)).toSorted((a, b) => compareForDeletion(a, b, () => 0));
    return { create: [], remove: [...doubles, ...others].slice(0, Math.min(surplus, burst)) };
  }
  const held = spec.podReplacementPolicy === 'Failed' ? seen.terminating.length : 0;
  const missing = Math.min(wanted - active.length - held, burst);
  if (missing <= 0) return { create: [], remove: [] };
  if (tally.indexed) return planIndexes(job, seen, missing);
  const waitMs = backoffMs(tally.failedPods, tally.succeededPods, seen.nowMs);
  if (waitMs > 0) return { create: [], remove: [], waitMs };
  return { create: Array.from({ length: missing }, () => ({})), remove: [] };
}

/** Active pods for an index that is done, failed, beyond the end, or worked on by another pod. */
function withoutWork(active: readonly ReadonlyPod[], tally: Tally): ReadonlyPod[] {
  const taken = new Set<number>();
  return active.filter((pod) => {
    const index = indexOf(pod);
    if (index === undefined || index >= tally.completions || tally.isDone(index) || taken.has(index)) return true;
    taken.add(index);
    return false;
  });
}

function planIndexes(job: ReadonlyJob, { pods, active, tally, nowMs }: Seen, missing: number): Pieces {
  const perIndex = job.spec?.backoffLimitPerIndex !== undefined;
  // Without a limit of each index its failures delay all of them.
  const waitMs = perIndex ? 0 : backoffMs(tally.failedPods, tally.succeededPods, nowMs);
  if (waitMs > 0) return { create: [], remove: [], waitMs };
  const taken = new Set(active.map(indexOf));
  if (job.spec?.podReplacementPolicy === 'Failed')
    for (const pod of pods) if (!isFinished(pod)) taken.add(indexOf(pod));
  const create: { index: number; failures?: number }[] = [];
  let nextMs: number | undefined;
  for (let index = 0; index < tally.completions && create.length < missing; index++) {
    if (taken.has(index) || tally.isDone(index)) continue;
    if (!perIndex) {
      create.push({ index });
      continue;
    }
    const failed = tally.failedPods.filter((pod) => indexOf(pod) === index);
    const indexWaitMs = backoffMs(failed, [], nowMs);
    if (indexWaitMs > 0) nextMs = Math.min(nextMs ?? Infinity, indexWaitMs);
    else create.push({ index, failures: tally.failuresOf(index) });
  }
  return { create, remove: [], ...(nextMs === undefined ? {} : { waitMs: nextMs }) };
}

function deadlineMs(
  job: ReadonlyJob,
  startTime: string | undefined,
  outcome: Outcome | undefined,
  nowMs: number,
): number | undefined {
  const seconds = job.spec?.activeDeadlineSeconds;
  if (seconds === undefined || !startTime || outcome || job.spec?.suspend) return undefined;
  return Math.max(0, Date.parse(startTime) + seconds * 1000 - nowMs);
}

function createConditions(job: ReadonlyJob, now: string) {
  const list = [...((job.status?.conditions ?? []) as JobCondition[])];
  return {
    list,
    set: (type: string, status: string, reason: string, message: string): void => {
      const i = list.findIndex((condition) => condition.type === type);
      if (list[i]?.status === status) return;
      const condition = { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
      if (i < 0) list.push(condition);
      else list[i] = condition;
    },
  };
}

/** A count as the API writes it: left out where it is zero. */
function count(name: string, value: number): Record<string, number> {
  return value > 0 ? { [name]: value } : {};
}
