import type { DeepReadonly } from '../../api/meta/object.ts';
import { jobs } from '../../api/resources/batch/job.ts';
import type { Job } from '../../api/schema/generated/batch-v1.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { podFromTemplate } from '../framework/pod-from-template.ts';
import type { ReadonlyPod } from '../framework/pod-state.ts';

/** Keeps a pod that has ended until its job has counted it. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
export const jobNameLabel = 'batch.kubernetes.io/job-name';
/** Annotation and label. */
const indexKey = 'batch.kubernetes.io/job-completion-index';
/** How many pods of its index failed before this one. */
const failureCountAnnotation = 'batch.kubernetes.io/job-index-failure-count';
const indexVariable = 'JOB_COMPLETION_INDEX';

/** Does the finalizer keep the pod until the job has counted it? */
export function isTracked(pod: ReadonlyPod): boolean {
  return pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;
}

/** The completion index a pod works for; undefined where it has none. */
export function indexOf(pod: ReadonlyPod): number | undefined {
  const text = pod.metadata.annotations?.[indexKey];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Pods of its index that failed before this one was made. */
export function failuresBefore(pod: ReadonlyPod): number {
  const count = Number(pod.metadata.annotations?.[failureCountAnnotation] ?? 0);
  return Number.isInteger(count) ? count : 0;
}

/** A new pod of the job; of an indexed job the one for `index`, of which `failures` have failed. */
export function podOfJob(job: DeepReadonly<Job>, index: number | undefined, failures?: number): Pod {
  const pod = podFromTemplate(job, jobs, job.spec!.template);
  pod.metadata.finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer];
  if (index === undefined) return pod;
  const name = job.metadata.name!;
  pod.metadata.generateName = `${name}-${index}-`;
  pod.metadata.labels = { ...pod.metadata.labels, [indexKey]: `${index}` };
  pod.metadata.annotations = { ...pod.metadata.annotations, [indexKey]: `${index}` };
  if (failures !== undefined) pod.metadata.annotations[failureCountAnnotation] = `${failures}`;
  const spec = pod.spec!;
  spec.hostname = `${name}-${index}`;
  for (const container of [...(spec.initContainers ?? []), ...spec.containers])
    if (!container.env?.some((variable) => variable.name === indexVariable))
      container.env = [
        ...(container.env ?? []),
        { name: indexVariable, valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } } },
      ];
  return pod;
}
