import { definePlugin, fits, unresolvable } from '../framework/plugin.ts';
import { tolerationsTolerateTaint } from '../../api/resources/core/tolerations.ts';

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const unschedulable = unresolvable('node(s) were unschedulable');

/** Cordoned nodes take only pods that tolerate it. */
export const nodeUnschedulable = definePlugin({
  name: 'NodeUnschedulable',
  filter: (pod, info) =>
    !info.node.spec?.unschedulable || tolerationsTolerateTaint(pod.spec?.tolerations, taint) ? fits : unschedulable,
});
