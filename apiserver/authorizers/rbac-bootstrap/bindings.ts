import { controllerRoleTable } from './controller-roles.ts';
import { group, serviceAccount, user, type BootstrapBinding } from './bootstrap-role.ts';

/** Who holds the cluster roles of a fresh server. */
export const clusterRoleBindingTable: readonly BootstrapBinding[] = [
  { name: 'cluster-admin', subjects: [group('system:masters')] },
  { name: 'system:basic-user', subjects: [group('system:authenticated')] },
  { name: 'system:discovery', subjects: [group('system:authenticated')] },
  { name: 'system:kube-controller-manager', subjects: [user('system:kube-controller-manager')] },
  { name: 'system:kube-dns', subjects: [serviceAccount('kube-dns')] },
  { name: 'system:kube-scheduler', subjects: [user('system:kube-scheduler')] },
  { name: 'system:monitoring', subjects: [group('system:monitoring')] },
  { name: 'system:node', subjects: [] },
  { name: 'system:node-proxier', subjects: [user('system:kube-proxy')] },
  { name: 'system:public-info-viewer', subjects: [group('system:authenticated'), group('system:unauthenticated')] },
  { name: 'system:service-account-issuer-discovery', subjects: [group('system:serviceaccounts')] },
  { name: 'system:volume-scheduler', subjects: [user('system:kube-scheduler')] },
  ...controllerRoleTable.map(({ name }) => ({
    name,
    subjects: [serviceAccount(name.slice('system:controller:'.length))],
  })),
];

/** Who holds the roles of its system namespaces. */
export const roleBindingTable: readonly (BootstrapBinding & { readonly namespace: string })[] = [
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-public',
    subjects: [serviceAccount('bootstrap-signer')],
  },
  {
    name: 'system::extension-apiserver-authentication-reader',
    namespace: 'kube-system',
    role: 'extension-apiserver-authentication-reader',
    subjects: [user('system:kube-controller-manager'), user('system:kube-scheduler')],
  },
  {
    name: 'system::leader-locking-kube-controller-manager',
    namespace: 'kube-system',
    subjects: [
      user('system:kube-controller-manager'),
      serviceAccount('kube-controller-manager'),
      serviceAccount('leader-election-controller'),
    ],
  },
  {
    name: 'system::leader-locking-kube-scheduler',
    namespace: 'kube-system',
    subjects: [user('system:kube-scheduler'), serviceAccount('kube-scheduler')],
  },
  {
    name: 'system:controller:bootstrap-signer',
    namespace: 'kube-system',
    subjects: [serviceAccount('bootstrap-signer')],
  },
  { name: 'system:controller:cloud-provider', namespace: 'kube-system', subjects: [serviceAccount('cloud-provider')] },
  { name: 'system:controller:token-cleaner', namespace: 'kube-system', subjects: [serviceAccount('token-cleaner')] },
];
