import type { PodTemplateSpec } from '../../api/schema/generated/core-v1.ts';
import { containerRows } from './containers.ts';
import { tolerationRows } from './kinds/pod.ts';
import { annotationRows, indent, pairs, row } from './lines.ts';
import { volumeRows } from './volumes.ts';

/** `Pod Template:` of a workload. */
export function templateRows({ metadata, spec }: PodTemplateSpec): string[] {
  const annotations = metadata?.annotations;
  return [
    'Pod Template:',
    ...indent([
      ...pairs('Labels', metadata?.labels),
      ...(Object.keys(annotations ?? {}).length > 0 ? annotationRows('Annotations', annotations) : []),
      ...row('Service Account', spec?.serviceAccountName),
      ...containerRows('Init Containers', spec?.initContainers ?? [], { before: ' ' }).map(lessDeep),
      ...containerRows('Containers', spec?.containers ?? [], { before: ' ' }).map(lessDeep),
      ...volumeRows(spec?.volumes ?? [], ' ').map(lessDeep),
      ...row('Priority Class Name', spec?.priorityClassName),
      ...pairs('Node-Selectors', spec?.nodeSelector),
      ...tolerationRows(spec?.tolerations ?? []),
    ]),
  ];
}

/** kubectl sets containers and volumes of a template no deeper than a pod's, though they stand below a label more. */
function lessDeep(line: string): string {
  return line.startsWith('  ') ? line.slice(2) : line;
}
