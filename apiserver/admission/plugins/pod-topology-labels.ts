import { nodes } from '../../../api/resources/core/node.ts';
import type { Binding, Pod } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionDeps, AdmissionPlugin } from '../admission.ts';
import { isPod, isResource } from '../pods.ts';

const topologyLabels = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

/** A pod carries the zone and region of the node it is bound to. */
export function createPodTopologyLabels({ cache }: AdmissionDeps): AdmissionPlugin {
  const labelsOf = (nodeName: string): Record<string, string> => {
    const labels = cache.get(nodes, { name: nodeName })?.metadata.labels ?? {};
    return Object.fromEntries(topologyLabels.flatMap((key) => (labels[key] === undefined ? [] : [[key, labels[key]]])));
  };
  return {
    name: 'PodTopologyLabels',
    handles: ({ operation, row, subresource }) =>
      operation === 'CREATE' &&
      ((isPod(row) && (subresource === '' || subresource === 'binding')) || isResource(row, '', 'bindings')),
    admit: ({ row, subresource, object }) => {
      const { metadata } = object!;
      const target = (object as unknown as Binding).target;
      const nodeName =
        isPod(row) && subresource === ''
          ? (object as unknown as Pod).spec?.nodeName
          : !target?.kind || target.kind === 'Node'
            ? target?.name
            : undefined;
      if (!nodeName) return;
      const labels = labelsOf(nodeName);
      if (Object.keys(labels).length) metadata.labels = { ...metadata.labels, ...labels };
    },
  };
}
