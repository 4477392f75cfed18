import type { CronJob, Job, JobSpec } from '../../schema/generated/batch-v1.ts';
import { hasNewGeneration, warnOfPodNames, warnOfTemplate } from '../core/pod-warnings.ts';

/** Beyond these an Indexed Job's status may not hold all the indexes that failed. */
const manyCompletions = 100_000;
const manyInParallel = 10_000;

/** Warns of the name when a job is created; of the spec then, and when an update has changed the generation. */
export function jobWarnings(next: Job, old?: Job): string[] {
  const warnings: string[] = [];
  if (!old) warnOfPodNames(next.metadata, warnings);
  if (next.spec && hasNewGeneration(next, old)) warnOfJobSpec(next.spec, 'spec', warnings);
  return warnings;
}

/** As `jobWarnings`, of the template of jobs; and of a zone in the schedule on every update, changed or not. */
export function cronJobWarnings(next: CronJob, old?: CronJob): string[] {
  const warnings: string[] = [];
  if (!old) warnOfPodNames(next.metadata, warnings);
  const spec = next.spec?.jobTemplate.spec;
  if (spec && hasNewGeneration(next, old)) warnOfJobSpec(spec, 'spec.jobTemplate.spec', warnings);
  // A new one with a zone in its schedule is refused.
  if (old && next.spec?.schedule.includes('TZ'))
    warnings.push(
      'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
    );
  return warnings;
}

function warnOfJobSpec(spec: JobSpec, path: string, warnings: string[]): void {
  const { completionMode, completions = 0, parallelism = 0, template } = spec;
  if (completionMode === 'Indexed' && completions > manyCompletions && parallelism > manyInParallel)
    warnings.push(
      `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
    );
  warnOfTemplate(template, `${path}.template`, warnings);
}
