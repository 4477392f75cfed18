import type { Role } from '../../schema/generated/rbac-v1.ts';
import { defaultColumns } from '../columns.ts';
import { nameIsPathSegment } from '../../meta/names.ts';
import { validateRole } from './rbac-validation.ts';
import { nullEmptyLists } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';

export const roles = defineResource<Role>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.rbac.v1.Role',
  storagePrefix: 'roles',
  storageVersionHash: '7FuwZcIIItM=',
  allowCreateOnUpdate: true,
  prepareForCreate: (role) => nullEmptyLists(role, 'rules'),
  prepareForUpdate: (next) => nullEmptyLists(next, 'rules'),
  validateName: nameIsPathSegment,
  validate: validateRole,
  columns: defaultColumns,
});
