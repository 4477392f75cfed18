import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Node } from '../../api/schema/generated/core-v1.ts';
import { nodes as nodeResource } from '../../api/resources/core/node.ts';
import { runningComponents } from '../control-supervisor.ts';
import { fail, ok, warn, type DoctorCheck, type DoctorFinding } from './doctor-check.ts';

/** What nodes say of themselves. */
export const nodes: DoctorCheck = {
  name: 'nodes',
  check: async ({ paths, connect }) => {
    if (!runningComponents(paths).includes('kube-apiserver')) return [];
    const { items } = await (await connect()).list(nodeResource);
    if (items.length === 0)
      return [warn('nodes', 'there are none: pods stay Pending', 'k8ts up without --without kubelet')];
    return items.map(judgeNode);
  },
};

/** What the conditions of a node say of it. */
export function judgeNode(node: DeepReadonly<Node>): DoctorFinding {
  const name = `node ${node.metadata?.name}`;
  const conditions = node.status?.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True')
    return fail(name, `not Ready: ${ready?.reason ?? 'it says nothing'}: ${ready?.message ?? ''}`, 'k8ts logs kubelet');
  const pressure = conditions.filter(({ type, status }) => type !== 'Ready' && status === 'True');
  if (pressure.length > 0)
    return warn(
      name,
      pressure.map(({ type, message }) => `${type}: ${message}`).join(', '),
      'free what it is short of: pods are evicted',
    );
  if (node.spec?.unschedulable)
    return warn(name, 'it is cordoned: no pods are put there', `kubectl uncordon ${node.metadata?.name}`);
  return ok(name, 'Ready');
}
