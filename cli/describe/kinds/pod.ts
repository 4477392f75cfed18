import { none, timeSince } from '../../../api/meta/printers.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import type { Toleration } from '../../../api/schema/generated/core-v1.ts';
import { containerRows } from '../containers.ts';
import { defineDescriber } from '../describer.ts';
import { controlledBy } from '../identity.ts';
import { annotationRows, formatDate, pairs, row, rows } from '../lines.ts';
import { volumeRows } from '../volumes.ts';

export const podDescriber = defineDescriber(pods, (pod, { nowMs }) => {
  const { metadata, status = {} } = pod;
  const spec = pod.spec ?? { containers: [] };
  const conditions = status.conditions ?? [];
  const podIps = status.podIPs ?? [];
  return [
    `Name:\t${metadata.name}`,
    `Namespace:\t${metadata.namespace}`,
    ...row('Priority', spec.priority),
    ...row('Priority Class Name', spec.priorityClassName),
    ...row('Runtime Class Name', spec.runtimeClassName),
    ...row('Service Account', spec.serviceAccountName),
    `Node:\t${spec.nodeName ? `${spec.nodeName}/${status.hostIP ?? ''}` : none}`,
    ...row('Start Time', formatDate(status.startTime)),
    ...pairs('Labels', metadata.labels),
    ...annotationRows('Annotations', metadata.annotations),
    ...(metadata.deletionTimestamp
      ? [
          `Status:\tTerminating (lasts ${timeSince(metadata.deletionTimestamp, nowMs)})`,
          `Termination Grace Period:\t${metadata.deletionGracePeriodSeconds ?? 0}s`,
        ]
      : [`Status:\t${status.phase ?? ''}`]),
    ...row('Reason', status.reason),
    ...row('Message', status.message),
    ...row('SeccompProfile', spec.securityContext?.seccompProfile?.type),
    `IP:\t${status.podIP ?? ''}`,
    ...(podIps.length > 0 ? ['IPs:', ...podIps.map(({ ip }) => `  IP:\t${ip}`)] : [`IPs:\t${none}`]),
    ...controlledBy(pod),
    ...row('NominatedNodeName', status.nominatedNodeName),
    ...containerRows('Init Containers', spec.initContainers ?? [], { statuses: status.initContainerStatuses, pod }),
    ...containerRows('Containers', spec.containers, { statuses: status.containerStatuses, pod }),
    ...containerRows('Ephemeral Containers', (spec.ephemeralContainers ?? []) as typeof spec.containers, {
      statuses: status.ephemeralContainerStatuses,
      pod,
    }),
    ...(spec.readinessGates?.length
      ? [
          'Readiness Gates:',
          '  Type\tStatus',
          ...spec.readinessGates.map(({ conditionType }) => {
            const found = conditions.find(({ type }) => type === conditionType);
            return `  ${conditionType}\t${found?.status ?? none} `;
          }),
        ]
      : []),
    ...(conditions.length > 0
      ? ['Conditions:', '  Type\tStatus', ...conditions.map(({ type, status: is }) => `  ${type} \t${is} `)]
      : []),
    ...volumeRows(spec.volumes ?? []),
    ...row('QoS Class', status.qosClass),
    ...pairs('Node-Selectors', spec.nodeSelector),
    ...tolerationRows(spec.tolerations ?? []),
    ...(spec.topologySpreadConstraints?.length
      ? rows(
          'Topology Spread Constraints',
          spec.topologySpreadConstraints.map(
            ({ topologyKey, whenUnsatisfiable, maxSkew }) =>
              `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded`,
          ),
        )
      : []),
  ];
});

/** `Tolerations:`, by key. */
export function tolerationRows(tolerations: readonly Toleration[]): string[] {
  const sorted = [...tolerations].sort((a, b) =>
    (a.key ?? '') < (b.key ?? '') ? -1 : (a.key ?? '') > (b.key ?? '') ? 1 : 0,
  );
  return rows(
    'Tolerations',
    sorted.map(({ key = '', value = '', effect = '', operator, tolerationSeconds }) => {
      const equal = value === '' ? '' : `=${value}`;
      const of = effect === '' ? '' : `:${effect}`;
      const exists = operator === 'Exists' && value === '' ? `${key || effect ? ' ' : ''}op=Exists` : '';
      return `${key}${equal}${of}${exists}${tolerationSeconds === undefined ? '' : ` for ${tolerationSeconds}s`}`;
    }),
  );
}
