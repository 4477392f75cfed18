import type { Secret } from '../../schema/generated/core-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { validateSecret, validateSecretUpdate } from './secret-validation.ts';
import { whyNoPair } from './tls-pair.ts';
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
  setDefaults: setSecretDefaults,
  validate: validateSecret,
  validateUpdate: validateSecretUpdate,
  warnings: secretWarnings,
  columns: [
    nameColumn,
    {
      name: 'Type',
      type: 'string',
      description:
        'Used to facilitate programmatic handling of secret data. More info: https://kubernetes.io/docs/concepts/configuration/secret/#secret-types',
      cell: (secret) => secret.type ?? '',
    },
    {
      name: 'Data',
      type: 'string',
      description:
        "Data contains the secret data. Each key must consist of alphanumeric characters, '-', '_' or '.'. The serialized form of the secret data is a base64 encoded string, representing the arbitrary (possibly non-string) data value here. Described in https://tools.ietf.org/html/rfc4648#section-4",
      cell: (secret) => Object.keys(secret.data ?? {}).length,
    },
    ageColumn,
  ],
  selectableFields: {
    type: (secret) => secret.type ?? '',
  },
});

function setSecretDefaults(secret: Secret): void {
  secret.type ||= 'Opaque';
  // A way to write text: it never comes back, and wins over `data`.
  for (const [key, text] of Object.entries(secret.stringData ?? {}))
    (secret.data ??= {})[key] = Buffer.from(text).toString('base64');
  delete secret.stringData;
}

function secretWarnings({ type, data = {} }: Secret): string[] {
  if (type !== 'kubernetes.io/tls') return [];
  const text = (key: string): string => Buffer.from(data[key] ?? '', 'base64').toString();
  const why = whyNoPair(text('tls.crt'), text('tls.key'));
  return why === undefined ? [] : [why];
}
