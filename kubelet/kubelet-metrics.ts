import type { Deps } from '../component/deps.ts';
import { gauge } from '../component/metrics.ts';
import type { RuntimeState } from './runtime/container-runtime.ts';

export interface KubeletMetrics {
  /** Counts what one look at the runtime has found. */
  observe(state: RuntimeState): void;
}

/**
 * Registers `kubelet_node_name`, `kubelet_running_pods` and `kubelet_running_containers`; each look replaces what the
 * one before it counted.
 */
export function createKubeletMetrics(deps: Pick<Deps, 'metrics'>, nodeName: string): KubeletMetrics {
  gauge(deps.metrics, {
    name: 'kubelet_node_name',
    help: "The node's name. The count is always 1.",
    labelNames: ['node'],
  }).set({ node: nodeName }, 1);
  const runningPods = gauge(deps.metrics, {
    name: 'kubelet_running_pods',
    help: 'Number of pods that have a running pod sandbox',
  });
  const runningContainers = gauge(deps.metrics, {
    name: 'kubelet_running_containers',
    help: 'Number of containers currently running',
    labelNames: ['container_state'],
  });
  return {
    observe: ({ sandboxes, containers }) => {
      runningPods.set(sandboxes.filter(({ state }) => state === 'ready').length);
      for (const state of ['created', 'running', 'exited', 'unknown'] as const) {
        runningContainers.set({ container_state: state }, containers.filter((each) => each.state === state).length);
      }
    },
  };
}
