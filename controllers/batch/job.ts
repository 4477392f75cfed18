import { hasReason } from '../../api/meta/errors.ts';
import { semanticEqual } from '../../api/meta/equality.ts';
import { labelSelectorOf } from '../../api/meta/label-selector.ts';
import type { DeepReadonly, ObjectKey } from '../../api/meta/object.ts';
import { jobs } from '../../api/resources/batch/job.ts';
import { pods } from '../../api/resources/core/pod.ts';
import type { Job } from '../../api/schema/generated/batch-v1.ts';
import { claimChildren } from '../framework/claim-children.ts';
import { createInBatches } from '../framework/create-in-batches.ts';
import { again, defineController, done, watch, type ControllerDeps } from '../framework/define-controller.ts';
import { Expectations } from '../framework/expectations.ts';
import { isNamespaceTerminating } from '../framework/namespace-terminating.ts';
import { controllerOf } from '../framework/ownership.ts';
import type { ReadonlyPod } from '../framework/pod-state.ts';
import { isTracked, jobNameLabel, podOfJob, trackingFinalizer } from './job-pods.ts';
import { isJobFinished, planJob, type JobPlan } from './plan-job.ts';

const ownName = 'kubernetes.io/job-controller';
/** Pods that wait to be counted, by the job they are of, also where that is gone. */
const byJob = {
  trackedOfJob: (pod: ReadonlyPod): string[] => (isTracked(pod) ? (jobKeyOf(pod) ?? []) : []),
};

/** Runs pods until enough of them have succeeded, or too many failed. */
export const jobController = defineController({
  name: 'job-controller',
  queueName: 'job',
  reconciles: jobs,
  owns: [pods],
  // Pods that nobody owns any more are still held by the finalizer.
  watches: [watch(pods, (pod) => (isTracked(pod) && !controllerOf(pod) ? (jobKeyOf(pod) ?? []) : []))],
  create: (deps) => {
    const { client, clock, events } = deps;
    const expectations = new Expectations(clock);
    const jobLister = deps.lister(jobs);
    const podLister = deps.lister(pods, { indices: byJob });
    /** The revision of the last status written of each job. */
    const written = new Map<ObjectKey, string>();
    watchExpectations(expectations, deps);
    return async (key, signal) => {
      const job = jobLister.get(key);
      await releaseOrphans(job, podLister.byIndex('trackedOfJob', key), deps, signal);
      if (!job) {
        expectations.forget(key);
        written.delete(key);
        return done;
      }
      if (isJobFinished(job) || (job.spec?.managedBy ?? ownName) !== ownName) {
        expectations.forget(key);
        return done;
      }
      // Decided on an older status, pods that it has not written down yet would be made again. An event will come.
      if (isOlder(job.metadata.resourceVersion, written.get(key)) || !expectations.satisfied(key)) return done;
      const mine = await claimChildren(client, {
        owner: job,
        ownerRef: jobs,
        childRef: pods,
        selector: labelSelectorOf(job.spec?.selector),
        children: podLister.list(job.metadata.namespace),
        signal,
      });
      const plan = planJob(job, mine, clock.now());
      const { error, made, removed } = await applyPods(key, job, plan, expectations, deps, signal);
      const active = (plan.status.active ?? 0) - plan.create.length + made + plan.remove.length - removed;
      const status = { ...plan.status, active: active || undefined };
      if (!semanticEqual(status, job.status)) {
        const next = { ...(job as Job), status };
        const { metadata } = await client.update(jobs, next, { subresource: 'status', signal });
        written.set(key, metadata.resourceVersion!);
        for (const event of plan.events) events.event(job, event);
      }
      await Promise.all(plan.release.map((pod) => release(pod, deps, signal)));
      if (error && !isNamespaceTerminating(error)) throw error;
      return plan.nextCheckMs === undefined ? done : again(plan.nextCheckMs);
    };
  },
});

function jobKeyOf(pod: ReadonlyPod): ObjectKey[] | undefined {
  const owner = controllerOf(pod);
  const name = owner ? (owner.kind === 'Job' ? owner.name : undefined) : pod.metadata.labels?.[jobNameLabel];
  return name ? [`${pod.metadata.namespace}/${name}` as ObjectKey] : undefined;
}

/** Revisions of one server are numbers that grow; what is no number tells nothing. */
function isOlder(resourceVersion: string | undefined, than: string | undefined): boolean {
  return than !== undefined && Number(resourceVersion) < Number(than);
}

function watchExpectations(expectations: Expectations, deps: ControllerDeps): void {
  const keyOf = (pod: ReadonlyPod): string | undefined => (controllerOf(pod) ? jobKeyOf(pod)?.[0] : undefined);
  const goes = (pod: ReadonlyPod): void => {
    const key = keyOf(pod);
    if (key) expectations.deletionSeen(key, pod.metadata.uid!);
  };
  deps.onChange(pods, {
    added: (pod) => {
      const key = keyOf(pod);
      if (!key) return;
      expectations.creationSeen(key);
      if (pod.metadata.deletionTimestamp) goes(pod);
    },
    updated: (pod) => {
      if (pod.metadata.deletionTimestamp) goes(pod);
    },
    deleted: goes,
  });
}

/** Lets go of pods that no job counts: theirs is gone, another one by now, or finished. */
async function releaseOrphans(
  job: DeepReadonly<Job> | undefined,
  tracked: readonly ReadonlyPod[],
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<void> {
  const orphans = tracked.filter((pod) => {
    if (!job) return true;
    const owner = controllerOf(pod);
    return owner ? owner.uid !== job.metadata.uid || isJobFinished(job) : !selects(job, pod);
  });
  await Promise.all(orphans.map((pod) => release(pod, deps, signal)));
}

function selects(job: DeepReadonly<Job>, pod: ReadonlyPod): boolean {
  return labelSelectorOf(job.spec?.selector).matches(pod.metadata.labels ?? {});
}

async function release(pod: ReadonlyPod, { client }: ControllerDeps, signal: AbortSignal): Promise<void> {
  const { namespace, name, uid } = pod.metadata;
  const body = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } };
  await client
    .patch(pods, { namespace, name: name! }, { type: 'strategic', body }, { signal })
    .catch((error: unknown) => {
      if (!hasReason(error, 'NotFound')) throw error;
    });
}

/** Makes and removes pods; answers how many, and the first error. */
async function applyPods(
  key: ObjectKey,
  job: DeepReadonly<Job>,
  plan: JobPlan,
  expectations: Expectations,
  deps: ControllerDeps,
  signal: AbortSignal,
): Promise<{ readonly made: number; readonly removed: number; readonly error?: unknown }> {
  const { client, events } = deps;
  const cause = `job ${key}`;
  if (plan.create.length > 0) {
    expectations.expect(key, { creations: plan.create.length });
    const left = [...plan.create];
    const { succeeded, error } = await createInBatches(plan.create.length, async () => {
      const { index, failures } = left.shift()!;
      try {
        const pod = await client.create(pods, podOfJob(job, index, failures), { signal, cause });
        events.event(job, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` });
      } catch (error) {
        expectations.creationSeen(key); // it will never be seen
        if (!isNamespaceTerminating(error))
          events.event(job, {
            type: 'Warning',
            reason: 'FailedCreate',
            message: `Error creating: ${(error as Error).message}`,
          });
        throw error;
      }
    });
    for (let i = 0; i < left.length; i++) expectations.creationSeen(key); // not tried after the failure
    return { made: succeeded, removed: 0, error };
  }
  if (plan.remove.length === 0) return { made: 0, removed: 0 };
  expectations.expect(key, { deletions: plan.remove.map((pod) => pod.metadata.uid!) });
  const results = await Promise.allSettled(
    plan.remove.map(async (pod) => {
      const { namespace, name, uid } = pod.metadata;
      try {
        // What is removed because it is not needed is no failure: it is not waited for to be counted.
        if (!plan.removedCount && isTracked(pod)) await release(pod, deps, signal);
        await client.delete(pods, { namespace, name: name! }, { preconditions: { uid }, signal, cause });
        events.event(job, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` });
      } catch (error) {
        expectations.deletionSeen(key, uid!);
        if (!hasReason(error, 'NotFound')) throw error;
      }
    }),
  );
  return {
    made: 0,
    removed: results.filter((result) => result.status === 'fulfilled').length,
    error: results.find((result) => result.status === 'rejected')?.reason,
  };
}
