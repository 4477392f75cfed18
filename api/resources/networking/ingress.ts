import type { Ingress } from '../../schema/generated/networking-v1.ts';
import { defineResource } from '../define-resource.ts';

export const ingresses = defineResource<Ingress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'Ingress',
  plural: 'ingresses',
  shortNames: ['ing'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.networking.v1.Ingress',
  storagePrefix: 'ingress',
  storageVersionHash: '39NQlfNR+bo=',
  subresources: {
    status: { kind: 'Ingress', verbs: ['get', 'patch', 'update'] },
  },
  hasGeneration: true,
  columns: [],
});
