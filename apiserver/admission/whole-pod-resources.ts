import { addQuantities, formatQuantity } from '../../api/meta/quantity.ts';
import { aggregateResources, isPodLevelResource, type ResourceList } from '../../api/resources/core/pod-resources.ts';
import type { PodSpec } from '../../api/schema/generated/core-v1.ts';

/** What a pod takes as a whole: resources given for the pod stand for those of its containers. Without its overhead. */
export function wholePodResources(spec: PodSpec, side: 'requests' | 'limits'): ResourceList {
  const total = aggregateResources(spec, side);
  for (const [name, quantity] of Object.entries(spec.resources?.[side] ?? {})) {
    if (isPodLevelResource(name)) total[name] = quantity;
  }
  return total;
}

/** The same with what running the pod costs beside its containers. */
export function wholePodResourcesWithOverhead(spec: PodSpec, side: 'requests' | 'limits'): ResourceList {
  const total = wholePodResources(spec, side);
  for (const [name, quantity] of Object.entries(spec.overhead ?? {})) {
    const sum = total[name];
    // Overhead makes no limit where the containers have none.
    if (sum === undefined && side === 'limits') continue;
    total[name] = sum === undefined ? quantity : formatQuantity(addQuantities(sum, quantity));
  }
  return total;
}
