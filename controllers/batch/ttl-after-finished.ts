import { hasReason } from '../../api/meta/errors.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import { jobs } from '../../api/resources/batch/job.ts';
import type { Job } from '../../api/schema/generated/batch-v1.ts';
import { again, defineController, done } from '../framework/define-controller.ts';

/** Deletes finished jobs, with their pods, once `ttlSecondsAfterFinished` is over. */
export const ttlAfterFinishedController = defineController({
  name: 'ttl-after-finished-controller',
  queueName: 'ttl_jobs_to_delete',
  reconciles: jobs,
  create: ({ client, clock, lister }) => {
    const jobLister = lister(jobs);
    return async (key, signal) => {
      const dueMs = expiryMs(jobLister.get(key));
      if (dueMs === undefined) return done;
      if (dueMs > clock.now()) return again(dueMs - clock.now());
      const { namespace, name } = jobLister.get(key)!.metadata;
      const at = { namespace, name: name! };
      try {
        // The time may have been prolonged without the cache knowing it yet.
        const job = await client.get(jobs, at, { signal });
        const freshMs = expiryMs(job);
        if (freshMs === undefined) return done;
        if (freshMs > clock.now()) return again(freshMs - clock.now());
        const { uid, resourceVersion } = job.metadata;
        await client.delete(jobs, at, {
          propagationPolicy: 'Foreground',
          preconditions: { uid, resourceVersion },
          signal,
          cause: 'the time to live after the end is over',
        });
      } catch (error) {
        if (!hasReason(error, 'NotFound')) throw error;
      }
      return done;
    };
  },
});

/** When the job may be deleted, in ms since the epoch; undefined while it has not finished or says no time. */
export function expiryMs(job: DeepReadonly<Job> | undefined): number | undefined {
  const seconds = job?.spec?.ttlSecondsAfterFinished;
  if (!job || seconds === undefined || job.metadata.deletionTimestamp !== undefined) return undefined;
  const end = job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  return end?.lastTransitionTime ? Date.parse(end.lastTransitionTime) + seconds * 1000 : undefined;
}
