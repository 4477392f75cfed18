import type { Pod, PodSpec } from '../../../api/schema/generated/core-v1.ts';
import type { AdmissionPlugin } from '../admission.ts';
import { isPod } from '../pods.ts';

/** A pod that asks for a device tolerates the taint that keeps others off the nodes that have it. */
export function createExtendedResourceToleration(): AdmissionPlugin {
  return {
    name: 'ExtendedResourceToleration',
    handles: ({ operation, row, subresource }) =>
      isPod(row) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
    admit: ({ object }) => {
      const { spec } = object as unknown as Pod;
      if (!spec) return;
      const names = extendedResources(spec);
      if (!names) return;
      const wanted = [...names].sort().map((key) => ({ key, operator: 'Exists', effect: 'NoSchedule' }));
      const isThere = (toleration: (typeof wanted)[number]): boolean =>
        spec.tolerations?.some(
          ({ key, operator, effect, value }) =>
            key === toleration.key && operator === 'Exists' && effect === toleration.effect && !value,
        ) ?? false;
      const added = wanted.filter((toleration) => !isThere(toleration));
      if (added.length) spec.tolerations = [...(spec.tolerations ?? []), ...added];
    },
  };
}

/** Those that containers ask for; undefined where there are none. */
function extendedResources({ containers, initContainers = [] }: PodSpec): Set<string> | undefined {
  let names: Set<string> | undefined;
  for (const list of [containers, initContainers]) {
    for (const { resources } of list)
      for (const name in resources?.requests) if (isExtendedResource(name)) (names ??= new Set()).add(name);
  }
  return names;
}

/** Of a domain that is not Kubernetes' own, and no quota name. */
function isExtendedResource(name: string): boolean {
  if (!name.includes('/') || name.startsWith('requests.')) return false;
  const domain = name.slice(0, name.indexOf('/'));
  return domain !== 'kubernetes.io' && !domain.endsWith('.kubernetes.io');
}
