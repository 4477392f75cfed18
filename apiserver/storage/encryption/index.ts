import type { Deps } from '../../../component/deps.ts';
import { createAesCbc } from './aes-cbc.ts';
import { createAesGcm } from './aes-gcm.ts';
import type { ProviderConfiguration } from './encryption-configuration.ts';
import { identity } from './identity.ts';
import { createKmsService } from './kms-service.ts';
import { createKmsTransformer } from './kms-v2.ts';
import { createSecretbox } from './secretbox.ts';
import { createKeyedTransformer, type Transformer } from './transformer.ts';

type Creators = {
  readonly [K in ProviderConfiguration['kind']]: (
    provider: Extract<ProviderConfiguration, { kind: K }>,
    deps: Pick<Deps, 'clock' | 'random' | 'log'>,
  ) => Transformer;
};

/** Every way to keep values, under the name that an EncryptionConfiguration calls it by. */
const creators: Creators = {
  identity: () => identity,
  aescbc: ({ keys }, { random }) =>
    createKeyedTransformer('k8s:enc:aescbc:v1:', keys, (secret) => createAesCbc(secret, random)),
  aesgcm: ({ keys }, { random }) =>
    createKeyedTransformer('k8s:enc:aesgcm:v1:', keys, (secret) => createAesGcm(secret, random)),
  secretbox: ({ keys }, { random }) =>
    createKeyedTransformer('k8s:enc:secretbox:v1:', keys, (secret) => createSecretbox(secret, random)),
  kms: ({ name, endpoint, timeoutMs }, deps) =>
    createKmsTransformer(
      { name, service: createKmsService(endpoint, { timeoutMs, now: () => deps.clock.now() }) },
      deps,
    ),
};

/**
 * How one provider of an EncryptionConfiguration keeps values. A `kms` one asks its service at the first use, and lets
 * go of the connection only as its `run` ends; the others hold nothing.
 */
export function createTransformer(
  provider: ProviderConfiguration,
  deps: Pick<Deps, 'clock' | 'random' | 'log'>,
): Transformer {
  return (creators[provider.kind] as (provider: ProviderConfiguration, given: typeof deps) => Transformer)(
    provider,
    deps,
  );
}
