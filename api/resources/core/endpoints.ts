import type { Endpoints } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const endpoints = defineResource<Endpoints>({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  shortNames: ['ep'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.Endpoints',
  storagePrefix: 'services/endpoints',
  storageVersionHash: 'fWeeMqaN/OA=',
  columns: [],
});
