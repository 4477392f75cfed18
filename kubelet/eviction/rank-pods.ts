import { milliValue, quantityValue } from '../../api/meta/quantity.ts';
import { podRequests } from '../admission.ts';
import { isStaticPod, type ReadonlyPod } from '../pods/pod.ts';

export interface EvictionCandidate {
  readonly pod: ReadonlyPod;
  /** Of the resource that is short, in bytes (or processes); 0 where it is not known. */
  readonly usage: number;
}

export type ScarceResource = 'memory' | 'ephemeral-storage' | 'pids';

/** system-cluster-critical's priority; pods of it and above are not evicted, nor are static pods. */
const criticalPriority = 2_000_000_000;

/**
 * Who goes first, by upstream's rule: those that use more than they asked for before those that do not, then the least
 * priority, then the most use beyond what was asked for. Pods the node cannot do without are not in it.
 */
export function rankPods(candidates: readonly EvictionCandidate[], resource: ScarceResource): EvictionCandidate[] {
  const beyond = ({ pod, usage }: EvictionCandidate): number => usage - requestOf(pod, resource);
  const priority = ({ pod }: EvictionCandidate): number => pod.spec?.priority ?? 0;
  return candidates
    .filter((candidate) => priority(candidate) < criticalPriority && !isStaticPod(candidate.pod))
    .sort(
      (a, b) => Number(beyond(b) > 0) - Number(beyond(a) > 0) || priority(a) - priority(b) || beyond(b) - beyond(a),
    );
}

function requestOf(pod: ReadonlyPod, resource: ScarceResource): number {
  const request = podRequests(pod)[resource];
  return request === undefined ? 0 : resource === 'pids' ? milliValue(request) / 1000 : quantityValue(request);
}
