import type { DeepReadonly } from '../../api/meta/object.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import type { Secret, ServiceAccount } from '../../api/schema/generated/core-v1.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import { serviceAccountUserName } from './service-account-user.ts';

/** Who issues the tokens that stand in secrets of type `kubernetes.io/service-account-token`, for ever. */
export const legacyIssuer = 'kubernetes/serviceaccount';

/** A token in a secret of its account. */
export interface LegacyClaims {
  readonly namespace: string;
  readonly secretName: string;
  readonly accountName: string;
  readonly accountUid: string;
}

/** Undefined where a claim is missing or contradicts another. */
export function readLegacyClaims(payload: Readonly<Record<string, unknown>>): LegacyClaims | undefined {
  const claim = (name: string): string => {
    const value = payload[`kubernetes.io/serviceaccount/${name}`];
    return typeof value === 'string' ? value : '';
  };
  const [namespace, secretName] = [claim('namespace'), claim('secret.name')];
  const [accountName, accountUid] = [claim('service-account.name'), claim('service-account.uid')];
  if (!namespace || !secretName || !accountName || !accountUid) return undefined;
  if (payload['sub'] !== serviceAccountUserName(namespace, accountName)) return undefined;
  return { namespace, secretName, accountName, accountUid };
}

/** Why a token is no longer good, or undefined. As with bound tokens, a no of the cache is asked again of the store. */
export function checkLegacyToken(
  cache: CacheReader,
  claims: LegacyClaims,
  token: string,
): string | undefined | Promise<string | undefined> {
  const secretAt = { namespace: claims.namespace, name: claims.secretName };
  const accountAt = { namespace: claims.namespace, name: claims.accountName };
  const reason = reasonAgainst(claims, token, cache.get(secrets, secretAt), cache.get(serviceAccounts, accountAt));
  if (!reason) return undefined;
  return Promise.all([cache.getNewest(secrets, secretAt), cache.getNewest(serviceAccounts, accountAt)]).then(
    ([secret, account]) => reasonAgainst(claims, token, secret, account),
  );
}

function reasonAgainst(
  { namespace, accountName, accountUid }: LegacyClaims,
  token: string,
  secret: DeepReadonly<Secret> | undefined,
  account: DeepReadonly<ServiceAccount> | undefined,
): string | undefined {
  if (!secret || secret.metadata.deletionTimestamp) return 'Token has been invalidated';
  if (Buffer.from(secret.data?.['token'] ?? '', 'base64').toString() !== token) {
    return "Token does not match server's copy";
  }
  if (secret.metadata.labels?.['kubernetes.io/legacy-token-invalid-since']) {
    return 'the token in the secret has been marked as invalid';
  }
  if (!account) return `serviceaccounts ${JSON.stringify(accountName)} not found`;
  if (account.metadata.deletionTimestamp) return `ServiceAccount ${namespace}/${accountName} has been deleted`;
  if (account.metadata.uid !== accountUid) {
    return `ServiceAccount UID (${account.metadata.uid}) does not match claim (${accountUid})`;
  }
  return undefined;
}
