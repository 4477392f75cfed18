import type { ServiceAccount } from '../../schema/generated/core-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { defineResource } from '../define-resource.ts';

export const serviceAccounts = defineResource<ServiceAccount>({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.ServiceAccount',
  storagePrefix: 'serviceaccounts',
  returnsDeletedObject: true,
  storageVersionHash: 'pbx9ZvyFpBE=',
  subresources: {
    token: { kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
  },
  columns: [nameColumn, ageColumn],
});
