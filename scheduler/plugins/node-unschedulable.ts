import { definePlugin, fits, unresolvable } from '../framework/plugin.ts';
import { tolerates } from './tolerations.ts';

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const unschedulable = unresolvable('node(s) were unschedulable');

/** Cordoned nodes take only pods that tolerate it. */
export const nodeUnschedulable = definePlugin({
  name: 'NodeUnschedulable',
  filter: (pod, info) =>
    !info.node.spec?.unschedulable || tolerates(pod.spec?.tolerations, taint) ? fits : unschedulable,
});
