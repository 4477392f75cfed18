import { compareQuantities } from '../../api/meta/quantity.ts';
import type { ReadonlyPod } from '../pods/pod.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'] as const;

/** As the API server set it, else by upstream's rule: limits of all containers equal to requests, some, or none. */
export function qosClassOf(pod: ReadonlyPod): QosClass {
  if (pod.status?.qosClass) return pod.status.qosClass as QosClass;
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const isSet = (value: string | undefined): value is string =>
    value !== undefined && compareQuantities(value, '0') > 0;
  let isBestEffort = true;
  let isGuaranteed = true;
  for (const { resources } of containers) {
    for (const name of counted) {
      const request = resources?.requests?.[name];
      const limit = resources?.limits?.[name];
      if (isSet(request) || isSet(limit)) isBestEffort = false;
      if (!isSet(limit) || (isSet(request) && compareQuantities(request, limit) !== 0)) isGuaranteed = false;
    }
  }
  return isBestEffort ? 'BestEffort' : isGuaranteed ? 'Guaranteed' : 'Burstable';
}
