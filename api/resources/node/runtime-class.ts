import type { RuntimeClass } from '../../schema/generated/node-v1.ts';
import { defineResource } from '../define-resource.ts';

export const runtimeClasses = defineResource<RuntimeClass>({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  scope: 'Cluster',
  typeName: 'io.k8s.api.node.v1.RuntimeClass',
  storagePrefix: 'runtimeclasses',
  storageVersionHash: 'WQTu1GL3T2Q=',
  columns: [],
});
