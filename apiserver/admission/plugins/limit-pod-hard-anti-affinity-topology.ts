import type { Pod } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionPlugin } from '../admission.ts';
import { isPod } from '../pods.ts';
import { refuse } from '../refuse.ts';

const hostname = 'kubernetes.io/hostname';

/** No pod keeps others off more than one node. */
export function createLimitPodHardAntiAffinityTopology(): AdmissionPlugin {
  return {
    name: 'LimitPodHardAntiAffinityTopology',
    handles: ({ operation, row, subresource }) =>
      isPod(row) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
    validate: (request) => {
      const { spec } = request.object as unknown as Pod;
      for (const term of spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
        if (term.topologyKey === hostname) continue;
        throw refuse(
          request,
          `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${term.topologyKey} but only key ${hostname} is allowed`,
        );
      }
    },
  };
}
