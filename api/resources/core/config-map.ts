import type { ConfigMap } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const configMaps = defineResource<ConfigMap>({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.ConfigMap',
  storagePrefix: 'configmaps',
  storageVersionHash: 'qFsyl6wFWjQ=',
  columns: [],
});
