import { definePlugin, fits, type Verdict } from '../framework/plugin.ts';
import type { NodeInfo } from '../snapshot/node-info.ts';
import { nonZeroRequests, podRequests } from '../snapshot/pod-requests.ts';

/** The node must have room for what the pod asks for; emptier nodes are better (LeastAllocated). */
export const nodeResourcesFit = definePlugin<
  readonly (readonly [resource: string, amount: number])[],
  { readonly cpu: number; readonly memory: number }
>({
  name: 'NodeResourcesFit',
  weight: 1,
  prepareFilter: (pod) => Object.entries(podRequests(pod)).filter(([, amount]) => amount > 0),
  filter: (_pod, info, requests) => {
    // Most nodes fit: nothing is allocated for them.
    let reasons = info.pods.size + 1 > (info.allocatable['pods'] ?? 0) ? 'Too many pods' : '';
    let canEverFit = true;
    for (const [resource, amount] of requests) {
      const capacity = info.allocatable[resource] ?? 0;
      if (amount > capacity - (info.requested[resource] ?? 0)) reasons += `${reasons && ', '}Insufficient ${resource}`;
      if (amount > capacity) canEverFit = false;
    }
    if (!reasons) return fits;
    return { kind: 'rejected', reason: reasons, preemptionMayHelp: canEverFit } satisfies Verdict;
  },
  prepareScore: (pod) => nonZeroRequests(pod),
  score: (_pod, info, asked) => (freeShare(info, 'cpu', asked.cpu) + freeShare(info, 'memory', asked.memory)) / 2,
});

/** How much of a resource would be left, of 100. */
function freeShare(info: NodeInfo, resource: 'cpu' | 'memory', asked: number): number {
  const capacity = info.allocatable[resource] ?? 0;
  const left = capacity - info.nonZeroRequested[resource] - asked;
  return capacity === 0 || left < 0 ? 0 : Math.floor((left * 100) / capacity);
}
