import type { ClusterRole } from '../../schema/generated/rbac-v1.ts';
import { defaultColumns } from '../columns.ts';
import { nameIsPathSegment } from '../../meta/names.ts';
import { validateClusterRole } from './rbac-validation.ts';
import { nullEmptyLists } from '../strategy.ts';
import { defineResource } from '../define-resource.ts';

export const clusterRoles = defineResource<ClusterRole>({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  scope: 'Cluster',
  typeName: 'io.k8s.api.rbac.v1.ClusterRole',
  storagePrefix: 'clusterroles',
  storageVersionHash: 'bYE5ZWDrJ44=',
  allowCreateOnUpdate: true,
  prepareForCreate: (role) => nullEmptyLists(role, 'rules'),
  prepareForUpdate: (next) => nullEmptyLists(next, 'rules'),
  validateName: nameIsPathSegment,
  validate: validateClusterRole,
  columns: defaultColumns,
});
