import { addQuantities, compareQuantities, formatQuantity } from '../../meta/quantity.ts';
import type { Pod, ResourceRequirements } from '../../schema/generated/core-v1.ts';

/** In the order in which pods lose their place when a node runs short, last first. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'] as const;

/**
 * How well a pod's resources are guarded: Guaranteed where every container limits both CPU and memory to what it
 * requests, BestEffort where none asks for anything. Resources of the pod as a whole stand for those of its containers.
 */
export function qosClassOf({ spec }: Pod): QosClass {
  const whole = spec?.resources;
  const all: (ResourceRequirements | undefined)[] =
    whole?.requests || whole?.limits
      ? [whole]
      : [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map((c) => c.resources);
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  let everyLimited = true;
  for (const resources of all) {
    for (const name of counted) {
      add(requests, name, resources?.requests?.[name]);
      if (!add(limits, name, resources?.limits?.[name])) everyLimited = false;
    }
  }
  const requested = Object.keys(requests);
  const limited = Object.keys(limits);
  if (requested.length === 0 && limited.length === 0) return 'BestEffort';
  const equal = requested.every(
    (name) => limits[name] !== undefined && compareQuantities(limits[name], requests[name]!) === 0,
  );
  return everyLimited && equal && requested.length === limited.length ? 'Guaranteed' : 'Burstable';
}

/** False where there is nothing to add. */
function add(total: Record<string, string>, name: string, quantity: string | undefined): boolean {
  if (quantity === undefined || compareQuantities(quantity, '0') <= 0) return false;
  const sum = total[name];
  total[name] = sum === undefined ? quantity : formatQuantity(addQuantities(sum, quantity));
  return true;
}
