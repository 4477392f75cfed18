import { semanticEqual } from '../../meta/equality.ts';
import { checkNotNegative, immutable, type Errors } from '../../meta/field-checks.ts';
import { duplicate, invalidValue, omittedValue, required, type FieldError } from '../../meta/field-error.ts';
import { timeToMs } from '../../meta/time.ts';
import type { Job, JobStatus, UncountedTerminatedPods } from '../../schema/generated/batch-v1.ts';
import { countIndexes, firstCommonIndex } from './index-intervals.ts';

/**
 * What a status of a Job may become, whoever manages it (KEP-4368). A rule about two fields is asked only where one of
 * them changes: a status that breaks it already, or that a change of the spec made break it, can still be written.
 */
export function validateJobStatusUpdate(next: Job, old: Job): FieldError[] {
  const errors: Errors = [];
  const change: Change = { next: viewOf(next), old: viewOf(old) };
  validateCounts(change.next.status, errors);
  validateUncounted(change.next.status.uncountedTerminatedPods, errors);
  validateEnd(change, errors);
  validateFinished(change, errors);
  validateIndexes(change, errors);
  validateRunning(change, errors);
  validateSuccess(change.next, errors);
  validateTransition(change, errors);
  return errors;
}

/** A job with the conditions that are true of it. */
interface View {
  readonly spec: NonNullable<Job['spec']>;
  readonly status: JobStatus;
  readonly isComplete: boolean;
  readonly isFailed: boolean;
  readonly isFinished: boolean;
  readonly isFailureTarget: boolean;
  readonly isSuccess: boolean;
}

interface Change {
  readonly next: View;
  readonly old: View;
}

function viewOf({ spec, status = {} }: Job): View {
  const is = (type: string): boolean => hasCondition(status, type, 'True');
  return {
    spec: spec!,
    // Absent and empty are one thing where upstream's type has no pointer.
    status: { ...status, active: status.active ?? 0, completedIndexes: status.completedIndexes ?? '' },
    isComplete: is('Complete'),
    isFailed: is('Failed'),
    isFinished: is('Complete') || is('Failed'),
    isFailureTarget: is('FailureTarget'),
    isSuccess: is('SuccessCriteriaMet'),
  };
}

function hasCondition({ conditions }: JobStatus, type: string, status: string): boolean {
  return conditions?.some((condition) => condition.type === type && condition.status === status) ?? false;
}

const differs = ({ next, old }: Change, ...facts: (keyof View)[]): boolean =>
  facts.some((fact) => next[fact] !== old[fact]);
const moves = ({ next, old }: Change, ...fields: (keyof JobStatus)[]): boolean =>
  fields.some((field) => (next.status[field] ?? undefined) !== (old.status[field] ?? undefined));

function refuseConditions(detail: string, errors: Errors): void {
  errors.push(invalidValue('status.conditions', omittedValue, detail));
}

function validateCounts(status: JobStatus, errors: Errors): void {
  for (const field of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const)
    checkNotNegative(status[field], `status.${field}`, errors);
}

/** No pod is counted twice. */
function validateUncounted(pods: UncountedTerminatedPods | undefined, errors: Errors): void {
  const seen = new Set<string>();
  for (const kind of ['succeeded', 'failed'] as const)
    for (const [index, uid] of (pods?.[kind] ?? []).entries()) {
      const at = `status.uncountedTerminatedPods.${kind}[${index}]`;
      if (uid === '') errors.push(invalidValue(at, uid, 'must not be empty'));
      else if (seen.has(uid)) errors.push(duplicate(at, uid));
      seen.add(uid);
    }
}

/** Which conditions of the end go together, and with which time. */
function validateEnd(change: Change, errors: Errors): void {
  const { status, isComplete, isFailed, isFailureTarget, isSuccess } = change.next;
  const { completionTime, startTime } = status;
  if (isComplete && isFailed && differs(change, 'isComplete', 'isFailed'))
    refuseConditions('cannot set Complete=True and Failed=true conditions', errors);
  if (isComplete && isFailureTarget && differs(change, 'isComplete', 'isFailureTarget'))
    refuseConditions('cannot set Complete=True and FailureTarget=true conditions', errors);
  if (differs(change, 'isComplete') || moves(change, 'completionTime')) {
    if (completionTime && !isComplete) {
      const why = 'cannot set completionTime when there is no Complete=True condition';
      errors.push(invalidValue('status.completionTime', completionTime, why));
    }
    if (!completionTime && isComplete)
      errors.push(required('status.completionTime', 'completionTime is required for Complete jobs'));
  }
  if (moves(change, 'startTime', 'completionTime') && timeToMs(completionTime) < timeToMs(startTime))
    errors.push(invalidValue('status.completionTime', completionTime, 'must be equal to or after `startTime`'));
  if (isFailed && !isFailureTarget && (differs(change, 'isFailed') || moves(change, 'failedIndexes')))
    refuseConditions('cannot set Failed=True condition without the FailureTarget=true condition', errors);
  if (isComplete && !isSuccess && differs(change, 'isComplete', 'isSuccess'))
    refuseConditions('cannot set Complete=True condition without the SuccessCriteriaMet=true condition', errors);
}

/** Nothing goes on in a job that has finished. */
function validateFinished(change: Change, errors: Errors): void {
  const { spec, status, isFinished } = change.next;
  if (!isFinished) return;
  const finishes = differs(change, 'isFinished');
  if ((status.active ?? 0) > 0 && (finishes || moves(change, 'active')))
    errors.push(invalidValue('status.active', status.active, 'active>0 is invalid for finished job'));
  // What is suspended and wants no completions is complete without ever having started.
  const needsNoStart = spec.suspend === true && spec.completions === 0;
  if (!status.startTime && !needsNoStart && (finishes || moves(change, 'startTime')))
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  const pods = status.uncountedTerminatedPods;
  const arePodsOther = !semanticEqual(pods, change.old.status.uncountedTerminatedPods);
  if ((finishes || arePodsOther) && (pods?.succeeded?.length || pods?.failed?.length)) {
    const shown = { Succeeded: pods.succeeded ?? null, Failed: pods.failed ?? null };
    errors.push(invalidValue('status.uncountedTerminatedPods', shown, 'must be empty for finished job'));
  }
}

function validateIndexes(change: Change, errors: Errors): void {
  const { spec, status } = change.next;
  const { completions, backoffLimitPerIndex } = spec;
  const { completedIndexes = '', failedIndexes } = status;
  const isCompletedOther = moves(change, 'completedIndexes');
  const isFailedOther = moves(change, 'failedIndexes');
  const checkFormat = (text: string, field: 'completedIndexes' | 'failedIndexes'): void => {
    const counted = countIndexes(text, completions!);
    if (typeof counted === 'string')
      errors.push(invalidValue(`status.${field}`, text, `error parsing ${field}: ${counted}`));
  };
  if (isCompletedOther && completions !== undefined) checkFormat(completedIndexes, 'completedIndexes');
  if (isFailedOther && completions !== undefined && backoffLimitPerIndex !== undefined && failedIndexes !== undefined)
    checkFormat(failedIndexes, 'failedIndexes');
  if (isCompletedOther && completedIndexes && spec.completionMode !== 'Indexed') {
    const why = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalidValue('status.completedIndexes', completedIndexes, why));
  }
  if (failedIndexes === undefined) return;
  if (isFailedOther && backoffLimitPerIndex === undefined) {
    const why = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalidValue('status.failedIndexes', failedIndexes, why));
  }
  if (completions === undefined || !(isFailedOther || isCompletedOther)) return;
  const common = firstCommonIndex(completedIndexes, failedIndexes, completions);
  if (common === undefined) return;
  const why = `failedIndexes and completedIndexes overlap at index: ${common}`;
  errors.push(invalidValue('status.failedIndexes', failedIndexes, why));
}

function validateRunning(change: Change, errors: Errors): void {
  const { status, isFinished } = change.next;
  const { active = 0, ready = 0, terminating = 0 } = status;
  if (terminating > 0 && isFinished && (differs(change, 'isFinished') || moves(change, 'terminating')))
    errors.push(invalidValue('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  if (status.ready !== undefined && ready > active && moves(change, 'ready', 'active'))
    errors.push(invalidValue('status.ready', ready, 'cannot set more ready pods than active'));
}

/** The criteria of success are met, or they are not. These rules hold whatever changes. */
function validateSuccess({ spec, isComplete, isFailed, isFailureTarget, isSuccess }: View, errors: Errors): void {
  if (isSuccess && isFailed) refuseConditions('cannot set SuccessCriteriaMet=True and Failed=true conditions', errors);
  if (isSuccess && isFailureTarget)
    refuseConditions('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions', errors);
  if (spec.successPolicy && !isSuccess && isComplete)
    refuseConditions('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True', errors);
}

/** What is decided stays decided, and counters count up. */
function validateTransition(change: Change, errors: Errors): void {
  const { next, old } = change;
  const { spec, status } = next;
  for (const [type, fact] of [
    ['Failed', 'isFailed'],
    ['Complete', 'isComplete'],
    ['FailureTarget', 'isFailureTarget'],
  ] as const)
    if (old[fact] && !next[fact]) refuseConditions(`cannot disable the terminal ${type}=True condition`, errors);
  // An indexed job that is scaled down loses what succeeded beyond its end.
  const mayShrink = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  for (const counter of ['failed', 'succeeded'] as const) {
    const isLess = (status[counter] ?? 0) < (old.status[counter] ?? 0);
    if (isLess && (counter === 'failed' || !mayShrink))
      errors.push(invalidValue(`status.${counter}`, status[counter] ?? 0, `cannot decrease the ${counter} counter`));
  }
  if (status.completionTime && old.status.completionTime && moves(change, 'completionTime'))
    errors.push(invalidValue('status.completionTime', status.completionTime, immutable));
  const resumes = hasCondition(old.status, 'Suspended', 'True') && hasCondition(status, 'Suspended', 'False');
  if (old.status.startTime && moves(change, 'startTime') && !spec.suspend && !resumes)
    errors.push(invalidValue('status.startTime', status.startTime, 'field is immutable for unsuspended job once set'));
  if (old.isSuccess && !next.isSuccess)
    refuseConditions('cannot disable the SuccessCriteriaMet=True condition', errors);
  if (old.isComplete && !old.isSuccess && next.isSuccess)
    refuseConditions('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions', errors);
}
