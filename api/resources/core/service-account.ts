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
  warnings: serviceAccountWarnings,
  columns: [nameColumn, ageColumn],
});

const mountableSecretsAnnotation = 'kubernetes.io/enforce-mountable-secrets';

function serviceAccountWarnings(next: ServiceAccount, old?: ServiceAccount): string[] {
  const isSet = (account?: ServiceAccount): boolean =>
    account?.metadata.annotations?.[mountableSecretsAnnotation] !== undefined;
  if (!isSet(next) || isSet(old)) return [];
  const why = 'deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets';
  return [`metadata.annotations[${mountableSecretsAnnotation}]: ${why}`];
}
