import type { Pod, Toleration } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionPlugin } from '../admission.ts';
import { isPod } from '../pods.ts';

const tolerationSeconds = 300;
const taintKeys = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];

/** Gives every pod five minutes on a node that is not ready or not reachable, unless it says otherwise. */
export function createDefaultTolerationSeconds(): AdmissionPlugin {
  return {
    name: 'DefaultTolerationSeconds',
    handles: ({ operation, row, subresource }) =>
      isPod(row) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
    admit: ({ object }) => {
      const { spec } = object as unknown as Pod;
      if (!spec) return;
      const added = taintKeys.filter((key) => !spec.tolerations?.some((toleration) => tolerates(toleration, key)));
      if (!added.length) return;
      spec.tolerations = [
        ...(spec.tolerations ?? []),
        ...added.map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds })),
      ];
    },
  };
}

function tolerates({ key, effect }: Toleration, taintKey: string): boolean {
  return (!key || key === taintKey) && (!effect || effect === 'NoExecute');
}
