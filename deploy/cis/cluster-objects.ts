import type { Namespace, Pod, ServiceAccount } from '../../api/schema/generated/core-v1.ts';
import type { NetworkPolicy } from '../../api/schema/generated/networking-v1.ts';
import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  Subject,
} from '../../api/schema/generated/rbac-v1.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import { networkPolicies } from '../../api/resources/networking/network-policy.ts';
import { clusterRoleBindings } from '../../api/resources/rbac/cluster-role-binding.ts';
import { clusterRoles } from '../../api/resources/rbac/cluster-role.ts';
import { roleBindings } from '../../api/resources/rbac/role-binding.ts';
import { roles } from '../../api/resources/rbac/role.ts';
import type { Client } from '../../client/client.ts';

/** The objects that policies are judged by. */
export interface ClusterObjects {
  readonly namespaces: readonly Namespace[];
  readonly pods: readonly Pod[];
  readonly serviceAccounts: readonly ServiceAccount[];
  readonly networkPolicies: readonly NetworkPolicy[];
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

/** Asks the API server for all of them. */
export async function readClusterObjects(client: Client): Promise<ClusterObjects> {
  const [n, p, s, policies, cr, crb, r, rb] = await Promise.all([
    client.list(namespaces),
    client.list(pods),
    client.list(serviceAccounts),
    client.list(networkPolicies),
    client.list(clusterRoles),
    client.list(clusterRoleBindings),
    client.list(roles),
    client.list(roleBindings),
  ]);
  return {
    namespaces: n.items,
    pods: p.items,
    serviceAccounts: s.items,
    networkPolicies: policies.items,
    clusterRoles: cr.items,
    clusterRoleBindings: crb.items,
    roles: r.items,
    roleBindings: rb.items,
  };
}

/** What a binding gives to whom. */
export interface Grant {
  /** `ClusterRoleBinding a`, `RoleBinding ns/a`. */
  readonly binding: string;
  readonly subjects: readonly Subject[];
  readonly rules: readonly PolicyRule[];
}

/** What is given besides what every cluster gives its own parts (the bootstrap policy, and what k8ts up adds). */
export function grantsToOthers(objects: ClusterObjects): Grant[] {
  const clusterRules = new Map(objects.clusterRoles.map((role) => [role.metadata?.name, role.rules ?? []]));
  const roleRules = new Map(
    objects.roles.map((role) => [`${role.metadata?.namespace}/${role.metadata?.name}`, role.rules ?? []]),
  );
  return [
    ...objects.clusterRoleBindings.filter(isOthers).map((binding) => ({
      binding: `ClusterRoleBinding ${binding.metadata?.name}`,
      subjects: binding.subjects ?? [],
      rules: clusterRules.get(binding.roleRef.name) ?? [],
    })),
    ...objects.roleBindings.filter(isOthers).map((binding) => ({
      binding: `RoleBinding ${binding.metadata?.namespace}/${binding.metadata?.name}`,
      subjects: binding.subjects ?? [],
      rules:
        (binding.roleRef.kind === 'ClusterRole'
          ? clusterRules.get(binding.roleRef.name)
          : roleRules.get(`${binding.metadata?.namespace}/${binding.roleRef.name}`)) ?? [],
    })),
  ];
}

/** True of what is neither of the bootstrap policy nor of k8ts. */
export function isOthers({ metadata }: { metadata?: { labels?: Record<string, string> } }): boolean {
  const labels = metadata?.labels ?? {};
  return labels['kubernetes.io/bootstrapping'] !== 'rbac-defaults' && labels['app.kubernetes.io/managed-by'] !== 'k8ts';
}

/** True where a rule gives one of the verbs on the resource (`secrets`, `nodes/proxy`) of the group. */
export function gives(
  rules: readonly PolicyRule[],
  group: string,
  resource: string,
  verbs: readonly string[],
): boolean {
  const has = (list: readonly string[] | undefined, wanted: readonly string[]): boolean =>
    list?.some((item) => item === '*' || wanted.includes(item)) ?? false;
  const subresource = resource.includes('/') ? [resource, `*/${resource.split('/')[1]}`] : [resource];
  return rules.some(
    (rule) => has(rule.apiGroups, [group]) && has(rule.resources, subresource) && has(rule.verbs, verbs),
  );
}
