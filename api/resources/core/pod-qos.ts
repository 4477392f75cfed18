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
  const requests: Totals = { cpu: undefined, memory: undefined };
  const limits: Totals = { cpu: undefined, memory: undefined };
  const whole = spec?.resources;
  let everyLimited = true;
  if (whole?.requests || whole?.limits) everyLimited = addAll(whole, requests, limits);
  else {
    for (const list of [spec?.containers, spec?.initContainers])
      for (let i = 0; i < (list?.length ?? 0); i++)
        if (!addAll(list![i]!.resources, requests, limits)) everyLimited = false;
  }
  let isAsked = false;
  let isEqual = true;
  for (const name of counted) {
    const [request, limit] = [requests[name], limits[name]];
    if (request === undefined && limit === undefined) continue;
    isAsked = true;
    if (request === undefined || limit === undefined) isEqual = false;
    else if (request !== limit && compareQuantities(limit, request) !== 0) isEqual = false;
  }
  if (!isAsked) return 'BestEffort';
  return everyLimited && isEqual ? 'Guaranteed' : 'Burstable';
}

type Totals = Record<(typeof counted)[number], string | undefined>;

/** Is everything that counts limited? */
function addAll(resources: ResourceRequirements | undefined, requests: Totals, limits: Totals): boolean {
  let isLimited = true;
  for (const name of counted) {
    add(requests, name, resources?.requests?.[name]);
    if (!add(limits, name, resources?.limits?.[name])) isLimited = false;
  }
  return isLimited;
}

/** False where there is nothing to add. */
function add(totals: Totals, name: keyof Totals, quantity: string | undefined): boolean {
  if (quantity === undefined || !isPositive(quantity)) return false;
  const sum = totals[name];
  totals[name] = sum === undefined ? quantity : formatQuantity(addQuantities(sum, quantity));
  return true;
}

function isPositive(quantity: string): boolean {
  const first = quantity.charCodeAt(0);
  return (first >= 0x31 && first <= 0x39) || compareQuantities(quantity, '0') > 0;
}
