import { definePlugin } from '../framework/plugin.ts';
import { podRequests } from '../snapshot/pod-requests.ts';

/** Nodes whose shares of cpu and memory stay close to each other are better: neither runs out while the other lies idle. */
export const balancedAllocation = definePlugin<unknown, { readonly cpu: number; readonly memory: number }>({
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  prepareScore: (pod) => {
    const { cpu = 0, memory = 0 } = podRequests(pod);
    return cpu === 0 && memory === 0 ? undefined : { cpu, memory };
  },
  score: (_pod, info, asked) => {
    const share = (resource: 'cpu' | 'memory'): number =>
      Math.min(1, ((info.requested[resource] ?? 0) + asked[resource]) / Math.max(1, info.allocatable[resource] ?? 0));
    return Math.floor((1 - Math.abs(share('cpu') - share('memory')) / 2) * 100);
  },
});
