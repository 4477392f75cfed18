import type { RoleBinding } from '../../schema/generated/rbac-v1.ts';
import { formatSubjects, setBindingDefaults } from './subjects.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { nameIsPathSegment } from '../../meta/names.ts';
import { validateRoleBinding, validateRoleBindingUpdate } from './rbac-validation.ts';
import { defineResource } from '../define-resource.ts';

export const roleBindings = defineResource<RoleBinding>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.rbac.v1.RoleBinding',
  storagePrefix: 'rolebindings',
  storageVersionHash: 'eGsCzGH6b1g=',
  allowCreateOnUpdate: true,
  setDefaults: setBindingDefaults,
  validateName: nameIsPathSegment,
  validate: validateRoleBinding,
  validateUpdate: validateRoleBindingUpdate,
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
