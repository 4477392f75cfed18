import { clusterRoleBindings } from '../../api/resources/rbac/cluster-role-binding.ts';
import type { Client } from '../../client/client.ts';

/** Gives each group its cluster role, by a binding named after both. */
export async function bindGroups(
  client: Client,
  bindings: readonly (readonly [clusterRole: string, group: string])[],
): Promise<void> {
  for (const [role, group] of bindings)
    await client.create(clusterRoleBindings, {
      metadata: { name: `${role}-of-${group}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ kind: 'Group', name: group, apiGroup: 'rbac.authorization.k8s.io' }],
    });
}
