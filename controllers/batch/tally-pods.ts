import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Job } from '../../api/schema/generated/batch-v1.ts';
import type { ReadonlyPod } from '../framework/pod-state.ts';
import { parseIndexes } from './index-set.ts';
import { failuresBefore, indexOf, isTracked } from './job-pods.ts';
import { judgeFailure } from './pod-failure-policy.ts';

/** Pods that a status names at most while they wait to be counted. */
const maxUncounted = 500;

/** How a job's pods ended, each counted once however often it is looked at. */
export interface Tally {
  readonly indexed: boolean;
  /** Of an indexed job; else Infinity. */
  readonly completions: number;
  /** Counted for good: their finalizer is gone. */
  readonly succeeded: number;
  readonly failed: number;
  /** Uids written down that still have their finalizer. */
  readonly uncounted: { readonly succeeded: string[]; readonly failed: string[] };
  /** Counted and to be counted. */
  readonly totalSucceeded: number;
  readonly totalFailed: number;
  readonly completed: ReadonlySet<number>;
  /** Where failures are limited by index. */
  readonly failedIndexes?: ReadonlySet<number>;
  readonly failedPods: readonly ReadonlyPod[];
  readonly succeededPods: readonly ReadonlyPod[];
  /** Those whose finalizer may go once the status is written. */
  readonly release: readonly ReadonlyPod[];
  /** Nothing is left to be written down or released. */
  readonly isAllCounted: boolean;
  /** Why the failure policy ends the job, if it does. */
  readonly failJobMessage?: string;
  /** The index has succeeded, or has failed for good. */
  isDone(index: number): boolean;
  /** Pods of the index that have failed. */
  failuresOf(index: number): number;
}

/**
 * Counts pods in three steps, so that a crash between two of them neither loses nor doubles one: its uid is written into
 * the status, then its finalizer is removed, then, seen without it, it moves to the counter.
 */
export function tallyPods(job: DeepReadonly<Job>, pods: readonly ReadonlyPod[]): Tally {
  const spec = job.spec!;
  const indexed = spec.completionMode === 'Indexed';
  const completions = indexed ? (spec.completions ?? 0) : Infinity;
  const replacesTerminating = spec.podReplacementPolicy !== 'Failed';
  const tracked = new Set(pods.filter(isTracked).map((pod) => pod.metadata.uid!));
  const written = job.status?.uncountedTerminatedPods;
  const waiting = { succeeded: new Set<string>(), failed: new Set<string>() };
  const counted = { succeeded: job.status?.succeeded ?? 0, failed: job.status?.failed ?? 0 };
  for (const kind of ['succeeded', 'failed'] as const)
    for (const uid of written?.[kind] ?? [])
      if (tracked.has(uid)) waiting[kind].add(uid);
      else counted[kind] += 1;

  const completed = indexed ? parseIndexes(job.status?.completedIndexes, completions) : new Set<number>();
  const perIndex = spec.backoffLimitPerIndex;
  const failedIndexes =
    indexed && perIndex !== undefined ? parseIndexes(job.status?.failedIndexes, completions) : undefined;
  const failures = new Map<number, number>();
  const failedByPolicy = new Set<number>();
  const failedPods: ReadonlyPod[] = [];
  const succeededPods: ReadonlyPod[] = [];
  const release: ReadonlyPod[] = [];
  let failJobMessage: string | undefined;
  const note = (kind: 'succeeded' | 'failed', pod: ReadonlyPod): void => {
    const uid = pod.metadata.uid!;
    if (!waiting[kind].has(uid)) {
      if (waiting.succeeded.size + waiting.failed.size >= maxUncounted) return;
      waiting[kind].add(uid);
    }
    release.push(pod);
  };
  for (const pod of pods) {
    const phase = pod.status?.phase;
    const isTrackedPod = isTracked(pod);
    const index = indexed ? indexOf(pod) : undefined;
    if (phase === 'Succeeded') {
      succeededPods.push(pod);
      if (!isTrackedPod) continue;
      if (!indexed) note('succeeded', pod);
      else {
        if (index !== undefined && index < completions && !failedIndexes?.has(index)) completed.add(index);
        release.push(pod);
      }
      continue;
    }
    const isGoing = pod.metadata.deletionTimestamp !== undefined;
    // A pod that goes because it is not needed (scaled down) had its finalizer taken before: it is no failure.
    if (isGoing && !isTrackedPod) continue;
    if (phase === 'Failed' || (replacesTerminating && isGoing)) {
      const verdict = judgeFailure(spec.podFailurePolicy, pod);
      if (verdict.action !== 'Ignore') {
        failedPods.push(pod);
        if (index !== undefined) failures.set(index, Math.max(failures.get(index) ?? 0, failuresBefore(pod) + 1));
      }
      if (!isTrackedPod) continue;
      if (verdict.action === 'Ignore') release.push(pod);
      else note('failed', pod);
      if (verdict.action === 'FailJob') failJobMessage ??= verdict.message;
      if (verdict.action === 'FailIndex' && index !== undefined) failedByPolicy.add(index);
    }
  }
  if (failedIndexes)
    for (const [index, number] of failures)
      if ((number > perIndex! || failedByPolicy.has(index)) && index < completions && !completed.has(index))
        failedIndexes.add(index);
  return {
    indexed,
    completions,
    ...counted,
    uncounted: { succeeded: [...waiting.succeeded], failed: [...waiting.failed] },
    totalSucceeded: indexed ? completed.size : counted.succeeded + waiting.succeeded.size,
    totalFailed: counted.failed + waiting.failed.size,
    completed,
    ...(failedIndexes ? { failedIndexes } : {}),
    failedPods,
    succeededPods,
    release,
    isAllCounted: tracked.size === 0,
    ...(failJobMessage === undefined ? {} : { failJobMessage }),
    isDone: (index) => completed.has(index) || (failedIndexes?.has(index) ?? false),
    failuresOf: (index) => failures.get(index) ?? 0,
  };
}
