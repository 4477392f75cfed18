import type { ClusterRoleBinding, RoleBinding } from '../../schema/generated/rbac-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import type { Column } from '../define-resource.ts';
import { formatSubjects } from './subjects.ts';

/** Of bindings in a namespace and of those of the whole cluster. */
export const bindingColumns: readonly Column<ClusterRoleBinding | RoleBinding>[] = [
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
];
