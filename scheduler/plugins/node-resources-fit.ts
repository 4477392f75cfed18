import { definePlugin, fits, type Verdict } from '../framework/plugin.ts';
import type { NodeInfo } from '../snapshot/node-info.ts';
import { nonZeroRequests, podRequests, type Amounts } from '../snapshot/pod-requests.ts';

/** The node must have room for what the pod asks for; emptier nodes are better (LeastAllocated). */
export const nodeResourcesFit = definePlugin<Amounts, { readonly cpu: number; readonly memory: number }>({
  name: 'NodeResourcesFit',
  weight: 1,
  prepareFilter: (pod) => podRequests(pod),
  filter: (_pod, info, requests) => {
    const reasons: string[] = [];
    let canEverFit = true;
    if (info.pods.size + 1 > (info.allocatable['pods'] ?? 0)) reasons.push('Too many pods');
    for (const [resource, amount] of Object.entries(requests)) {
      if (amount === 0) continue;
      const capacity = info.allocatable[resource] ?? 0;
      if (amount > capacity - (info.requested[resource] ?? 0)) reasons.push(`Insufficient ${resource}`);
      if (amount > capacity) canEverFit = false;
    }
    if (reasons.length === 0) return fits;
    return { kind: 'rejected', reason: reasons.join(', '), preemptionMayHelp: canEverFit } satisfies Verdict;
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
