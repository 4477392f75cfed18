import { hash } from 'node:crypto';
import type { Deps } from '../../component/deps.ts';
import type { Authentication, User } from '../authenticators/authenticator.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import { checkLegacyToken, legacyIssuer, readLegacyClaims } from './legacy-token.ts';
import { checkBinding } from './token-binding.ts';
import type { KubernetesClaim, ObjectReference } from './kubernetes-claim.ts';
import { isSignedBy, parseToken, signToken } from './json-web-token.ts';
import { serviceAccountUser, serviceAccountUserName } from './service-account-user.ts';
import type { SigningKeys } from './signing-keys.ts';

export interface ServiceAccountTokenOptions {
  /** `--service-account-issuer`: the first issues, all are accepted. */
  readonly issuers: readonly string[];
  /** `--api-audiences`: what a token is good for that names none. */
  readonly apiAudiences: readonly string[];
  /** `--service-account-max-token-expiration`; 0 is no limit. */
  readonly maxExpirationSeconds?: number;
  /** `--service-account-extend-token-expiration`: tokens injected into pods outlive their hour, for clients that never read them again; true where it is left out. */
  readonly extendExpiration?: boolean;
}

export interface TokenSubject {
  readonly namespace: string;
  readonly serviceAccount: ObjectReference;
  readonly audiences: readonly string[];
  readonly lifetimeSeconds: number;
  /** Seconds after which use of the token is noted as stale. */
  readonly warnAfterSeconds?: number;
  /** What the token dies with: at most one of pod, secret, or a node without a pod. */
  readonly pod?: ObjectReference;
  readonly secret?: ObjectReference;
  readonly node?: Partial<ObjectReference>;
}

/** Tokens of service accounts: signed here, and good only as long as what they are bound to is there. */
export interface ServiceAccountTokens {
  /** `id` is the token's jti. Throws where there is no signing key. */
  issue(subject: TokenSubject): { readonly token: string; readonly id: string };
  /** `none` for a token of another issuer. */
  verify(token: string, audiences: readonly string[]): Authentication | Promise<Authentication>;
  readonly options: ServiceAccountTokenOptions;
  readonly keys: SigningKeys;
}

interface VerifiedToken {
  readonly user: User;
  readonly audiences: readonly string[];
  /** Why it is no longer good, by what is there now. */
  readonly check: (deletedBeforeMs: number, token: string) => string | undefined | Promise<string | undefined>;
  /** Seconds since the epoch. */
  readonly expires: number;
  readonly notBefore: number;
}

/** Verified signatures kept; each costs about 1 KB. */
const maxKept = 10_000;
/** RFC 7519 allows a little for clocks that differ. */
const leewaySeconds = 60;

/**
 * The first of the issuers goes into new tokens. Of up to 10,000 tokens it is remembered that their signature is good;
 * their times, and the objects in `cache` that they are bound to, are looked at anew at each use.
 */
export function createServiceAccountTokens(
  options: ServiceAccountTokenOptions,
  deps: Pick<Deps, 'clock' | 'random'> & { readonly cache: CacheReader; readonly keys: SigningKeys },
): ServiceAccountTokens {
  const { clock, random, cache, keys } = deps;
  const issuers = new Set(options.issuers);
  // By the token's digest, so that memory holds no credentials. Only the signature is remembered; time and objects are
  // looked at with every use.
  const kept = new Map<string, VerifiedToken>();

  const verified = (token: string): VerifiedToken | Authentication => {
    const digest = hash('sha256', token, 'base64');
    const known = kept.get(digest);
    if (known) return known;
    const parsed = parseToken(token);
    const issuer = parsed?.payload['iss'];
    if (!parsed || typeof issuer !== 'string' || (!issuers.has(issuer) && issuer !== legacyIssuer)) {
      return { kind: 'none' };
    }
    const { kid } = parsed.header;
    const candidates = keys.verification(typeof kid === 'string' && kid ? kid : undefined);
    if (!candidates.some((key) => isSignedBy(parsed, key))) {
      return { kind: 'rejected', reason: 'go-jose/go-jose: error in cryptographic primitive' };
    }
    const found =
      issuer === legacyIssuer
        ? readLegacyToken(parsed.payload, options.apiAudiences, cache)
        : readBoundToken(parsed.payload, options.apiAudiences, cache);
    if (!found) return { kind: 'rejected', reason: 'service account token claims could not be validated' };
    if (kept.size >= maxKept) kept.delete(kept.keys().next().value!);
    kept.set(digest, found);
    return found;
  };

  return {
    options,
    keys,
    issue: (subject) => {
      const now = Math.floor(clock.now() / 1000);
      const id = random.uuid();
      const { namespace, serviceAccount, audiences, lifetimeSeconds, warnAfterSeconds, pod, secret, node } = subject;
      const claim: KubernetesClaim = {
        namespace,
        ...(node ? { node } : {}),
        ...(pod ? { pod } : {}),
        ...(secret ? { secret } : {}),
        serviceaccount: serviceAccount,
        ...(warnAfterSeconds ? { warnafter: now + warnAfterSeconds } : {}),
      };
      const claims = {
        aud: audiences,
        exp: now + lifetimeSeconds,
        iat: now,
        iss: options.issuers[0],
        jti: id,
        'kubernetes.io': claim,
        nbf: now,
        sub: serviceAccountUserName(namespace, serviceAccount.name),
      };
      return { token: signToken(claims, keys.signing()), id };
    },
    verify: (token, audiences) => {
      const found = verified(token);
      if ('kind' in found) return found;
      const goodFor = found.audiences.filter((audience) => audiences.includes(audience));
      if (!goodFor.length) {
        return {
          kind: 'rejected',
          reason: `token audiences ${goList(found.audiences)} is invalid for the target audiences ${goList(audiences)}`,
        };
      }
      const now = clock.now() / 1000;
      if (now > found.expires + leewaySeconds) {
        return { kind: 'rejected', reason: 'service account token has expired' };
      }
      if (now < found.notBefore - leewaySeconds) {
        return { kind: 'rejected', reason: 'service account token is not valid yet' };
      }
      const conclude = (reason: string | undefined): Authentication =>
        reason ? { kind: 'rejected', reason } : { kind: 'user', user: found.user, audiences: goodFor };
      const reason = found.check((now - leewaySeconds) * 1000, token);
      return typeof reason === 'object' ? reason.then(conclude) : conclude(reason);
    },
  };
}

function readLegacyToken(
  payload: Readonly<Record<string, unknown>>,
  audiences: readonly string[],
  cache: CacheReader,
): VerifiedToken | undefined {
  const claims = readLegacyClaims(payload);
  if (!claims) return undefined;
  const { namespace, accountName, accountUid } = claims;
  return {
    user: serviceAccountUser({ namespace, name: accountName, uid: accountUid }),
    audiences,
    // Memory holds no credentials: the token to compare with comes with each use.
    check: (_deletedBeforeMs, token) => checkLegacyToken(cache, claims, token),
    expires: Infinity,
    notBefore: 0,
  };
}

function readBoundToken(
  payload: Readonly<Record<string, unknown>>,
  apiAudiences: readonly string[],
  cache: CacheReader,
): VerifiedToken | undefined {
  const claim = payload['kubernetes.io'] as KubernetesClaim | undefined;
  const account = claim?.serviceaccount;
  if (!claim?.namespace || !account?.name || !account.uid || typeof payload['exp'] !== 'number') return undefined;
  const aud = payload['aud'];
  const audiences = (Array.isArray(aud) ? aud : aud === undefined ? [] : [aud]).map(String);
  const { pod, node } = claim;
  const fact = (key: string, value: string | undefined): Record<string, string[]> =>
    value ? { [`authentication.kubernetes.io/${key}`]: [value] } : {};
  const extra = {
    ...fact('credential-id', typeof payload['jti'] === 'string' ? `JTI=${payload['jti']}` : undefined),
    ...fact('node-name', node?.name),
    ...fact('node-uid', node?.uid),
    ...fact('pod-name', pod?.name),
    ...fact('pod-uid', pod?.uid),
  };
  return {
    user: serviceAccountUser({ namespace: claim.namespace, name: account.name, uid: account.uid }, extra),
    audiences: audiences.length ? audiences : apiAudiences,
    check: (deletedBeforeMs) => checkBinding(cache, claim, deletedBeforeMs),
    expires: payload['exp'],
    notBefore: typeof payload['nbf'] === 'number' ? payload['nbf'] : 0,
  };
}

/** A list as Go's `%q` prints it. */
function goList(items: readonly string[]): string {
  return `[${items.map((item) => JSON.stringify(item)).join(' ')}]`;
}
