import type { TokenRequest } from '../api/schema/generated/authentication-v1.ts';
import { hasReason } from '../api/meta/errors.ts';
import { namespaceSystem } from '../api/meta/object.ts';
import { serviceAccounts } from '../api/resources/core/service-account.ts';
import type { Client } from '../client/client.ts';
import type { Connected } from '../client/client-flags.ts';
import { bearer, type Credential, type CredentialSource } from '../client/credentials.ts';
import { createHttpsTransport } from '../client/https-transport.ts';
import { createClient, userAgentOf } from '../client/rest-client.ts';
import type { Deps } from '../component/deps.ts';

const lifetimeSeconds = 3600;
/** A token is replaced when this part of its life is over. */
const refreshAt = 0.8;

/**
 * A client that acts as the service account `name` in kube-system, which the bootstrap policy gives just the rights of
 * that controller. The account is made where it is missing; tokens are asked for by `connected` and renewed in time.
 */
export function serviceAccountClient(name: string, connected: Connected, deps: Deps): Client {
  const transport = createHttpsTransport({
    ...connected.connection,
    credentials: tokenSource(name, connected.unlimited('tokens'), deps),
    deps,
  });
  return createClient({
    transport,
    userAgent: `${userAgentOf('kube-controller-manager')}/system:serviceaccount:${namespaceSystem}:${name}`,
    deps,
  });
}

function tokenSource(name: string, client: Client, { clock }: Pick<Deps, 'clock'>): CredentialSource {
  let current: { credential: Credential; refreshAtMs: number } | undefined;
  let asking: Promise<Credential> | undefined;
  const ask = async (): Promise<Credential> => {
    const askedMs = clock.now();
    const { status } = await requestToken(client, name);
    const credential = bearer(status?.token ?? '');
    const expiresMs = Date.parse(status?.expirationTimestamp ?? '') || askedMs + lifetimeSeconds * 1000;
    current = { credential, refreshAtMs: askedMs + (expiresMs - askedMs) * refreshAt };
    return credential;
  };
  return {
    get: () => {
      if (current && clock.now() < current.refreshAtMs) return current.credential;
      asking ??= ask().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    rejected: () => {
      current = undefined;
    },
  };
}

async function requestToken(client: Client, name: string): Promise<TokenRequest> {
  const at = { namespace: namespaceSystem, name, subresource: 'token' };
  const body = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { audiences: [], expirationSeconds: lifetimeSeconds },
  };
  try {
    return await client.createSubresource<TokenRequest>(serviceAccounts, at, body);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
  await client.create(serviceAccounts, { metadata: { namespace: namespaceSystem, name } }).catch((error: unknown) => {
    if (!hasReason(error, 'AlreadyExists')) throw error;
  });
  return client.createSubresource<TokenRequest>(serviceAccounts, at, body);
}
