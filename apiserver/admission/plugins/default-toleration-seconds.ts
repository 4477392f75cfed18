import type { Pod, Toleration } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionPlugin } from '../admission.ts';
import { isPod } from '../pods.ts';

/** The same objects in every pod. */
const defaults: readonly (Toleration & { readonly key: string })[] = [
  'node.kubernetes.io/not-ready',
  'node.kubernetes.io/unreachable',
].map((key) => Object.freeze({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));

/** Gives every pod five minutes on a node that is not ready or not reachable, unless it says otherwise. */
export function createDefaultTolerationSeconds(): AdmissionPlugin {
  return {
    name: 'DefaultTolerationSeconds',
    handles: ({ operation, row, subresource }) =>
      isPod(row) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
    admit: ({ object }) => {
      const { spec } = object as unknown as Pod;
      if (!spec) return;
      const own = spec.tolerations;
      if (!own?.length) {
        spec.tolerations = [...defaults];
        return;
      }
      const added = defaults.filter(({ key }) => !own.some((toleration) => tolerates(toleration, key)));
      if (added.length) spec.tolerations = [...own, ...added];
    },
  };
}

function tolerates({ key, effect }: Toleration, taintKey: string): boolean {
  return (!key || key === taintKey) && (!effect || effect === 'NoExecute');
}
