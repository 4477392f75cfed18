import type { Secret } from '../../schema/generated/core-v1.ts';
import { defineResource } from '../define-resource.ts';

export const secrets = defineResource<Secret>({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.Secret',
  storagePrefix: 'secrets',
  storageVersionHash: 'S6u1pOWzb84=',
  columns: [],
});
