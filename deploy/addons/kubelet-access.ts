import type { KubeObject } from '../../api/meta/object.ts';
import type { ClusterRoleBinding } from '../../api/schema/generated/rbac-v1.ts';

const rbac = 'rbac.authorization.k8s.io';

/**
 * Lets the user that the API server is to kubelets (logs, exec, port-forward) do there what it must and nothing elsewhere,
 * and lets nodes renew their own client certificates.
 */
export function kubeletAccessObjects(): KubeObject[] {
  return [
    bind('k8ts:apiserver-kubelet-client', 'system:kubelet-api-admin', {
      kind: 'User',
      name: 'kube-apiserver-kubelet-client',
    }),
    bind(
      'k8ts:node-autoapprove-certificate-rotation',
      'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
      { kind: 'Group', name: 'system:nodes' },
    ),
  ];
}

function bind(
  name: string,
  role: string,
  subject: { readonly kind: string; readonly name: string },
): ClusterRoleBinding {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'k8ts' } },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: rbac, ...subject }],
  };
}
