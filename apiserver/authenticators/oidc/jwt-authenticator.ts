import { hash } from 'node:crypto';
import type { Deps } from '../../../component/deps.ts';
import type { Authentication, TokenAuthenticator, User } from '../authenticator.ts';
import { createClaimMapper, type Claims } from './claim-mapper.ts';
import { expandClaim } from './expand-claim.ts';
import type { JwtAuthenticatorConfiguration } from './jwt-configuration.ts';
import { createOidcProvider } from './oidc-provider.ts';
import { createOtherIssuers } from './other-issuers.ts';
import {
  createTokenVerifier,
  expiryMs,
  parseToken,
  type Issuer,
  type SignedToken,
  type VerifyToken,
} from './signed-token.ts';

/** Signatures that upstream takes; RS256 alone where flags say nothing. */
export const signingAlgorithms = [
  ...['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'],
] as const;

export interface JwtAuthenticatorOptions {
  /** Validated. */
  readonly authenticators: readonly JwtAuthenticatorConfiguration[];
  readonly signingAlgorithms: readonly string[];
  /** The server's audiences: tokens of issuers say nothing about those. */
  readonly apiAudiences: readonly string[];
}

/** Tokens of others: issuers that speak OpenID Connect. */
export interface JwtAuthenticator extends TokenAuthenticator {
  /** True once all issuers have been found. */
  readonly isReady: boolean;
  /** Resolves once `isReady` holds, or the signal of `run` has aborted. */
  readonly found: Promise<void>;
  /** Looks for issuers until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** An issuer that is configured, and what its claims mean. */
interface KnownIssuer extends Issuer {
  /** Rejects with an Error in upstream's words. */
  readonly userOf: (claims: Claims) => Promise<User>;
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** Whose token it is, for as long as it is believed unseen. */
interface Verified {
  readonly user: User;
  readonly untilMs: number;
}

/** Upstream's. */
const keepMs = 10_000;
const maxKept = 4096;

/**
 * Takes signed tokens of the configured issuers: finds their keys, verifies, and maps claims to a user. A token of another
 * issuer is somebody else's; one of an issuer that cannot be found yet is rejected.
 */
export async function createJwtAuthenticator(
  options: JwtAuthenticatorOptions,
  deps: Pick<Deps, 'clock' | 'log'>,
): Promise<JwtAuthenticator> {
  const { clock } = deps;
  const verify = await createTokenVerifier(options.signingAlgorithms, deps);
  const found = Promise.withResolvers<void>();
  const issuers = new Map(
    options.authenticators.map((one) => [one.issuer?.url ?? '', createIssuer(one, verify, deps)] as const),
  );
  // By the token's digest, so that memory holds no credentials.
  const kept = new Map<string, Verified>();

  const authenticate = async (token: SignedToken, issuer: KnownIssuer): Promise<User> => {
    if (!issuer.provider.isReady) throw new Error('oidc: authenticator not initialized');
    const digest = hash('sha256', token.text, 'base64');
    const known = kept.get(digest);
    if (known && clock.now() < known.untilMs) return known.user;
    try {
      await verify(token, issuer);
    } catch (error) {
      throw new Error(`oidc: verify token: ${(error as Error).message}`, { cause: error });
    }
    const user = await issuer.userOf(token.claims);
    kept.delete(digest);
    kept.set(digest, { user, untilMs: Math.min(clock.now() + keepMs, expiryMs(token)) });
    if (kept.size > maxKept) kept.delete(kept.keys().next().value!);
    return user;
  };

  return {
    name: 'oidc',
    get isReady() {
      return [...issuers.values()].every(({ provider }) => provider.isReady);
    },
    found: found.promise,
    run: async (signal) => {
      const all = [...issuers.values()];
      const searches = Promise.all(all.map(({ provider }) => provider.run(signal))).then(() => found.resolve());
      await Promise.all([searches, ...all.map((issuer) => issuer.run(signal))]);
    },
    authenticateToken: async (text, audiences): Promise<Authentication> => {
      const goodFor = options.apiAudiences.filter((audience) => audiences.includes(audience));
      const token = goodFor.length ? parseToken(text) : undefined;
      const issuer = token && issuers.get(token.issuer);
      if (!issuer) return { kind: 'none' };
      try {
        return { kind: 'user', user: await authenticate(token, issuer), audiences: goodFor };
      } catch (error) {
        return { kind: 'rejected', reason: (error as Error).message };
      }
    },
  };
}

function createIssuer(
  authenticator: JwtAuthenticatorConfiguration,
  verify: VerifyToken,
  deps: Pick<Deps, 'clock' | 'log'>,
): KnownIssuer {
  const { url = '', discoveryURL, certificateAuthority, audiences = [] } = authenticator.issuer ?? {};
  const others = createOtherIssuers({ certificateAuthority, audiences, verify }, deps);
  const userOf = createClaimMapper(authenticator);
  const groups = authenticator.claimMappings?.groups?.claim;
  const complete = async (claims: Claims): Promise<Claims> => {
    if (!groups) return claims;
    try {
      return await expandClaim(claims, groups, { certificateAuthority, verified: others.verified }, deps);
    } catch (error) {
      throw new Error(`oidc: could not expand distributed claims: ${(error as Error).message}`, { cause: error });
    }
  };
  return {
    provider: createOidcProvider({ issuer: url, discoveryUrl: discoveryURL, certificateAuthority }, deps),
    audiences,
    userOf: async (claims) => userOf(await complete(claims)),
    run: others.run,
  };
}
