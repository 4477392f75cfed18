import type { ReadonlyPod } from '../framework/pod-state.ts';

/** Index of pods by the node they are bound to: `deps.lister(pods, { indices: podsByNode }).byIndex('node', name)`. */
export const podsByNode = {
  node: (pod: ReadonlyPod): string[] => (pod.spec?.nodeName ? [pod.spec.nodeName] : []),
};
