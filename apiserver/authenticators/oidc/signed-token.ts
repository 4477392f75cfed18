import type { KeyObject } from 'node:crypto';
import type { Deps } from '../../../component/deps.ts';
import type { Claims } from './claim-mapper.ts';
import type { OidcProvider } from './oidc-provider.ts';
import { isJsonObject } from '../../../api/meta/json-object.ts';

/** A token taken apart; nothing of it is verified. */
export interface SignedToken {
  readonly text: string;
  readonly issuer: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Claims;
}

/** Whose keys a token must be signed with, and for whom it must be. */
export interface Issuer {
  readonly provider: OidcProvider;
  readonly audiences: readonly string[];
}

/** Rejects with an Error in go-oidc's words where the token is not the issuer's, not for its audiences, or out of time. */
export type VerifyToken = (token: SignedToken, issuer: Issuer) => Promise<void>;

const notBeforeLeewayMs = 5 * 60_000;

/** Undefined where the text is no compact JWS (RFC 7515) of claims that name an issuer. */
export function parseToken(text: string): SignedToken | undefined {
  const parts = text.split('.');
  if (parts.length !== 3) return undefined;
  try {
    const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    const [header, claims] = [decode(parts[0]!), decode(parts[1]!)];
    if (!isJsonObject(header) || !isJsonObject(claims) || typeof claims['iss'] !== 'string') return undefined;
    // Google says it in two ways.
    const issuer = claims['iss'] === 'accounts.google.com' ? 'https://accounts.google.com' : claims['iss'];
    return { text, issuer, header, claims };
  } catch {
    return undefined;
  }
}

/** When the token ends, in ms since the epoch. One that does not say has ended. */
export function expiryMs({ claims }: Pick<SignedToken, 'claims'>): number {
  const { exp } = claims;
  return typeof exp === 'number' ? exp * 1000 : 0;
}

/** Takes signatures by these algorithms (RFC 7518) only. */
export async function createTokenVerifier(
  algorithms: readonly string[],
  { clock }: Pick<Deps, 'clock'>,
): Promise<VerifyToken> {
  const { compactVerify } = await import('jose');

  const isSignedBy = async ({ text }: SignedToken, keys: readonly KeyObject[]): Promise<boolean> => {
    for (const key of keys) {
      try {
        await compactVerify(text, key, { algorithms: [...algorithms] });
        return true;
      } catch {
        // another key of the issuer may have signed it
      }
    }
    return false;
  };

  const verifySignature = async (token: SignedToken, provider: OidcProvider): Promise<void> => {
    const { alg, kid } = token.header;
    if (!algorithms.includes(String(alg))) {
      const expected = goList(algorithms);
      throw new Error(`oidc: id token signed with unsupported algorithm, expected ${expected} got ${goQuote(alg)}`);
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

  return async (token, issuer) => {
    const { aud, nbf } = token.claims;
    const audiences: unknown[] = Array.isArray(aud) ? aud : aud === undefined ? [] : [aud];
    if (!audiences.some((audience) => issuer.audiences.includes(audience as string)))
      throw new Error(`oidc: expected audience in ${goList([...issuer.audiences].sort())} got ${goList(audiences)}`);
    const nowMs = clock.now();
    const endMs = expiryMs(token);
    if (nowMs >= endMs) throw new Error(`oidc: token is expired (Token Expiry: ${timeOf(endMs)})`);
    if (typeof nbf === 'number' && nowMs + notBeforeLeewayMs < nbf * 1000)
      throw new Error(`oidc: current time ${timeOf(nowMs)} before the nbf (not before) time: ${timeOf(nbf * 1000)}`);
    await verifySignature(token, issuer.provider);
  };
}

function timeOf(ms: number): string {
  return Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : String(ms);
}

function goQuote(value: unknown): string {
  return JSON.stringify(value ?? '');
}

/** A list as Go's `%q` prints it. */
function goList(items: readonly unknown[]): string {
  return `[${items.map(goQuote).join(' ')}]`;
}
