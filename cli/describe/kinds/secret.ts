import { secrets } from '../../../api/resources/core/secret.ts';
import { defineDescriber } from '../describer.ts';
import { identity } from '../identity.ts';
import { sizeOf } from '../size-of.ts';

/** What a secret holds is not shown, but for its size; of a service account's token, which `kubectl` shows too, the token. */
export const secretDescriber = defineDescriber(
  secrets,
  (secret) => {
    const data = secret.data ?? {};
    const shown = (key: string): string =>
      secret.type === 'kubernetes.io/service-account-token' && key === 'token'
        ? Buffer.from(data[key]!, 'base64').toString()
        : sizeOf(data[key]!);
    return [
      ...identity(secret),
      '',
      `Type:\t${secret.type ?? ''}`,
      '',
      'Data',
      '====',
      ...Object.keys(data)
        .sort()
        .map((key) => `${key}:\t${shown(key)}`),
    ];
  },
  { showsEvents: false },
);
