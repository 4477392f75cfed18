import { humanDuration } from '../../../api/meta/duration.ts';
import { unset } from '../../../api/meta/printers.ts';
import { jobs } from '../../../api/resources/batch/job.ts';
import { defineDescriber } from '../describer.ts';
import { controlledBy } from '../identity.ts';
import { annotationRows, formatDate, formatSelector, pairs, row } from '../lines.ts';
import { templateRows } from '../pod-template.ts';

export const jobDescriber = defineDescriber(jobs, (job) => {
  const { metadata, spec, status = {} } = job;
  const { startTime, completionTime } = status;
  return [
    `Name:\t${metadata.name}`,
    `Namespace:\t${metadata.namespace}`,
    ...(spec?.selector ? [`Selector:\t${formatSelector(spec.selector)}`] : []),
    ...pairs('Labels', metadata.labels),
    ...annotationRows('Annotations', metadata.annotations),
    ...controlledBy(job),
    ...row('Parallelism', spec?.parallelism),
    `Completions:\t${spec?.completions ?? unset}`,
    ...row('Completion Mode', spec?.completionMode),
    ...row('Suspend', spec?.suspend),
    ...row('Backoff Limit', spec?.backoffLimit),
    ...row('TTL Seconds After Finished', spec?.ttlSecondsAfterFinished),
    ...row('Start Time', formatDate(startTime)),
    ...row('Completed At', formatDate(completionTime)),
    ...(startTime && completionTime
      ? [`Duration:\t${humanDuration(Date.parse(completionTime) - Date.parse(startTime))}`]
      : []),
    ...(spec?.activeDeadlineSeconds === undefined ? [] : [`Active Deadline Seconds:\t${spec.activeDeadlineSeconds}s`]),
    status.ready === undefined
      ? `Pods Statuses:\t${status.active ?? 0} Active / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`
      : `Pods Statuses:\t${status.active ?? 0} Active (${status.ready} Ready) / ${status.succeeded ?? 0} Succeeded / ${status.failed ?? 0} Failed`,
    ...row('Completed Indexes', spec?.completionMode === 'Indexed' ? status.completedIndexes || '<none>' : undefined),
    ...(spec ? templateRows(spec.template) : []),
  ];
});
