import type { Pod } from '../../../api/schema/generated/core-v1.ts';
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
      const names = new Set<string>();
      for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
        for (const name of Object.keys(container.resources?.requests ?? {}))
          if (isExtendedResource(name)) names.add(name);
      }
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

/** Of a domain that is not Kubernetes' own, and no quota name. */
function isExtendedResource(name: string): boolean {
  if (!name.includes('/') || name.startsWith('requests.')) return false;
  const domain = name.slice(0, name.indexOf('/'));
  return domain !== 'kubernetes.io' && !domain.endsWith('.kubernetes.io');
}
