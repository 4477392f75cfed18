import type { KubeObject } from '../../api/meta/object.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../api/schema/generated/rbac-v1.ts';

/**
 * Lets the group `system:monitoring` (which the bootstrap policy already lets read `/metrics` of control-plane
 * components) read the metrics of kubelets too.
 */
export function monitoringObjects(): KubeObject[] {
  const metadata = { name: 'k8ts:monitoring', labels: { 'app.kubernetes.io/managed-by': 'k8ts' } };
  const role: ClusterRole = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata,
    rules: [{ apiGroups: [''], resources: ['nodes/metrics'], verbs: ['get'] }],
  };
  const binding: ClusterRoleBinding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:monitoring' }],
  };
  return [role, binding];
}
