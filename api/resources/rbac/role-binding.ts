import type { RoleBinding } from '../../schema/generated/rbac-v1.ts';
import { bindingColumns } from './binding-columns.ts';
import { setBindingDefaults } from './subjects.ts';
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
  columns: bindingColumns,
});
