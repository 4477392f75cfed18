import type { IngressClass } from '../../schema/generated/networking-v1.ts';
import { defineResource } from '../define-resource.ts';

export const ingressClasses = defineResource<IngressClass>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IngressClass',
  plural: 'ingressclasses',
  scope: 'Cluster',
  typeName: 'io.k8s.api.networking.v1.IngressClass',
  storagePrefix: 'ingressclasses',
  storageVersionHash: 'l/iqIbDgFyQ=',
  columns: [],
});
