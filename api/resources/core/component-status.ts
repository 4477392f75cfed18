import type { ComponentStatus } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const componentStatuses = defineResource<ComponentStatus>({
  group: '',
  version: 'v1',
  kind: 'ComponentStatus',
  plural: 'componentstatuses',
  shortNames: ['cs'],
  scope: 'Cluster',
  verbs: ['get', 'list'],
  typeName: 'io.k8s.api.core.v1.ComponentStatus',
  columns: [],
});
