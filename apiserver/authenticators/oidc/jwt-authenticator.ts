import { hash, type KeyObject } from 'node:crypto';
import type { Deps } from '../../../component/deps.ts';
import type { Authentication, TokenAuthenticator, User } from '../authenticator.ts';
import { createClaimMapper, type Claims } from './claim-mapper.ts';
import type { JwtAuthenticatorConfiguration } from './jwt-configuration.ts';
import { createOidcProvider, type OidcProvider } from './oidc-provider.ts';

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
  /** Looks for issuers until they are found, or the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

interface Issuer {
  readonly provider: OidcProvider;
  readonly audiences: readonly string[];
  readonly userOf: (claims: Claims) => User;
}

/** Whose token it is, for as long as it is believed unseen. */
interface Verified {
  readonly user: User;
  readonly untilMs: number;
}

/** Upstream's. */
const keepMs = 10_000;
const notBeforeLeewayMs = 5 * 60_000;
const maxKept = 4096;

/**
 * Takes signed tokens of the configured issuers: finds their keys, verifies, and maps claims to a user. A token of another
 * issuer is somebody else's; one of an issuer that cannot be found yet is rejected.
 */
export async function createJwtAuthenticator(
  options: JwtAuthenticatorOptions,
  deps: Pick<Deps, 'clock' | 'log'>,
): Promise<JwtAuthenticator> {
  const { compactVerify } = await import('jose');
  const { clock } = deps;
  const issuers = new Map<string, Issuer>(
    options.authenticators.map((authenticator) => {
      const { url = '', discoveryURL, certificateAuthority, audiences = [] } = authenticator.issuer ?? {};
      const provider = createOidcProvider({ issuer: url, discoveryUrl: discoveryURL, certificateAuthority }, deps);
      return [url, { provider, audiences, userOf: createClaimMapper(authenticator) }];
    }),
  );
  // By the token's digest, so that memory holds no credentials.
  const kept = new Map<string, Verified>();

  const isSignedBy = async (token: string, keys: readonly KeyObject[]): Promise<boolean> => {
    for (const key of keys) {
      try {
        await compactVerify(token, key, { algorithms: [...options.signingAlgorithms] });
        return true;
      } catch {
        // another key of the issuer may have signed it
      }
    }
    return false;
  };

  const verifySignature = async (
    token: string,
    { alg, kid }: Record<string, unknown>,
    provider: OidcProvider,
  ): Promise<void> => {
    if (!options.signingAlgorithms.includes(String(alg))) {
      const expected = goList(options.signingAlgorithms);
      throw new Error(`oidc: id token signed with unsupported algorithm, expected ${expected} got ${quote(alg)}`);
    }
    const id = typeof kid === 'string' && kid ? kid : undefined;
    let keys: readonly KeyObject[];
    try {
      keys = await provider.keys(id);
      if (await isSignedBy(token, keys)) return;
      keys = await provider.keys(id, keys);
    } catch (cause) {
      throw new Error(`failed to verify signature: fetching keys ${(cause as Error).message}`, { cause });
    }
    if (!(await isSignedBy(token, keys)))
      throw new Error('failed to verify signature: failed to verify id token signature');
  };

  const verify = async (token: string, parsed: ParsedToken, issuer: Issuer): Promise<void> => {
    const { aud, exp, nbf } = parsed.claims;
    const audiences = Array.isArray(aud) ? aud : aud === undefined ? [] : [aud];
    if (!audiences.some((audience) => issuer.audiences.includes(audience as string)))
      throw new Error(`oidc: expected audience in ${goList([...issuer.audiences].sort())} got ${goList(audiences)}`);
    const nowMs = clock.now();
    if (nowMs >= expiryMs(exp)) throw new Error(`oidc: token is expired (Token Expiry: ${goTime(expiryMs(exp))})`);
    if (typeof nbf === 'number' && nowMs + notBeforeLeewayMs < nbf * 1000)
      throw new Error(`oidc: current time ${goTime(nowMs)} before the nbf (not before) time: ${goTime(nbf * 1000)}`);
    await verifySignature(token, parsed.header, issuer.provider);
  };

  const authenticate = async (token: string, parsed: ParsedToken, issuer: Issuer): Promise<User> => {
    if (!issuer.provider.isReady) throw new Error('oidc: authenticator not initialized');
    const digest = hash('sha256', token, 'base64');
    const known = kept.get(digest);
    if (known && clock.now() < known.untilMs) return known.user;
    try {
      await verify(token, parsed, issuer);
    } catch (error) {
      throw new Error(`oidc: verify token: ${(error as Error).message}`, { cause: error });
    }
    const user = issuer.userOf(parsed.claims);
    kept.delete(digest);
    kept.set(digest, { user, untilMs: Math.min(clock.now() + keepMs, expiryMs(parsed.claims['exp'])) });
    if (kept.size > maxKept) kept.delete(kept.keys().next().value!);
    return user;
  };

  return {
    name: 'oidc',
    get isReady() {
      return [...issuers.values()].every(({ provider }) => provider.isReady);
    },
    run: async (signal) => void (await Promise.all([...issuers.values()].map(({ provider }) => provider.run(signal)))),
    authenticateToken: async (token, audiences): Promise<Authentication> => {
      const goodFor = options.apiAudiences.filter((audience) => audiences.includes(audience));
      const parsed = goodFor.length ? parseToken(token) : undefined;
      const issuer = parsed && issuers.get(parsed.issuer);
      if (!issuer) return { kind: 'none' };
      try {
        return { kind: 'user', user: await authenticate(token, parsed, issuer), audiences: goodFor };
      } catch (error) {
        return { kind: 'rejected', reason: (error as Error).message };
      }
    },
  };
}

/** A token taken apart; nothing of it is verified. */
interface ParsedToken {
  readonly issuer: string;
  readonly header: Record<string, unknown>;
  readonly claims: Claims;
}

function parseToken(token: string): ParsedToken | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const [header, claims] = parts
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown);
    if (!isRecord(header) || !isRecord(claims) || typeof claims['iss'] !== 'string') return undefined;
    // Google says it in two ways.
    const issuer = claims['iss'] === 'accounts.google.com' ? 'https://accounts.google.com' : claims['iss'];
    return { issuer, header, claims };
  } catch {
    return undefined;
  }
}

/** A token that does not say when it ends has ended. */
function expiryMs(exp: unknown): number {
  return typeof exp === 'number' ? exp * 1000 : 0;
}

function goTime(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : String(ms);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function quote(value: unknown): string {
  return JSON.stringify(value ?? '');
}

/** A list as Go's `%q` prints it. */
function goList(items: readonly unknown[]): string {
  return `[${items.map(quote).join(' ')}]`;
}
