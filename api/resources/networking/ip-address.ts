import type { IPAddress } from '../../schema/generated/networking-v1.ts';
import { defineResource } from '../define-resource.ts';

export const ipAddresses = defineResource<IPAddress>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.networking.v1.IPAddress',
  storagePrefix: 'ipaddresses',
  storageVersionHash: '3f/plJFChNE=',
  columns: [],
});
