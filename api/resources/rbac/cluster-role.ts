import type { ClusterRole } from '../../schema/generated/rbac-v1.ts';
import { defaultColumns } from '../columns.ts';
import { nameIsPathSegment } from '../../meta/names.ts';
import { validateClusterRole } from './rbac-validation.ts';
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
  setDefaults: setRoleDefaults,
  validateName: nameIsPathSegment,
  validate: validateClusterRole,
  columns: defaultColumns,
});

function setRoleDefaults(role: ClusterRole): void {
  // Upstream writes the list also where there is none.
  if (!role.rules?.length) (role as { rules?: unknown }).rules = null;
}
