import type { ClusterRoleBinding } from '../../schema/generated/rbac-v1.ts';
import { formatSubjects, setBindingDefaults } from './subjects.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { nameIsPathSegment } from '../../meta/names.ts';
import { validateClusterRoleBinding, validateClusterRoleBindingUpdate } from './rbac-validation.ts';
import { defineResource } from '../define-resource.ts';

export const clusterRoleBindings = defineResource<ClusterRoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  scope: 'Cluster',
  typeName: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  storagePrefix: 'clusterrolebindings',
  storageVersionHash: '48tpQ8gZHFc=',
  allowCreateOnUpdate: true,
  setDefaults: setBindingDefaults,
  validateName: nameIsPathSegment,
  validate: validateClusterRoleBinding,
  validateUpdate: validateClusterRoleBindingUpdate,
  columns: [
    nameColumn,
    {
      name: 'Role',
      type: 'string',
      description:
        'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error.',
      cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
    },
    ageColumn,
    {
      name: 'Users',
      type: 'string',
      priority: 1,
      description: 'Users in the roleBinding',
      cell: ({ subjects }) => formatSubjects(subjects, 'User'),
    },
    {
      name: 'Groups',
      type: 'string',
      priority: 1,
      description: 'Groups in the roleBinding',
      cell: ({ subjects }) => formatSubjects(subjects, 'Group'),
    },
    {
      name: 'ServiceAccounts',
      type: 'string',
      priority: 1,
      description: 'ServiceAccounts in the roleBinding',
      cell: ({ subjects }) => formatSubjects(subjects, 'ServiceAccount'),
    },
  ],
});
