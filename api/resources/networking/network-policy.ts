import type { NetworkPolicy } from '../../schema/generated/networking-v1.ts';
import { defineResource } from '../define-resource.ts';

export const networkPolicies = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.networking.v1.NetworkPolicy',
  storagePrefix: 'networkpolicies',
  storageVersionHash: 'YpfwF18m1G8=',
  hasGeneration: true,
  columns: [],
});
