import type { ClusterRoleBinding } from '../../schema/generated/rbac-v1.ts';
import { bindingColumns } from './binding-columns.ts';
import { setBindingDefaults } from './subjects.ts';
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
  columns: bindingColumns,
});
