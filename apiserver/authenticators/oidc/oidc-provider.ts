import { createPublicKey, type KeyObject, type webcrypto } from 'node:crypto';
import type { Deps } from '../../../component/deps.ts';
import { fetchJson } from './fetch-document.ts';

export interface OidcProviderOptions {
  readonly issuer: string;
  /** Where the discovery document is, if not below the issuer. */
  readonly discoveryUrl?: string;
  /** PEM of the authorities to believe; the system's where there is none. */
  readonly certificateAuthority?: string;
}

/** An issuer of tokens and its keys (OpenID Connect Discovery 1.0). */
export interface OidcProvider {
  /** False until its discovery document has been read. */
  readonly isReady: boolean;
  /** Asks for the discovery document every ten seconds until it comes, or the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /**
   * Public keys with that id, all where there is none. Keys are kept, and asked for anew where `known` is all there is
   * of them: at most every ten seconds, whoever makes up ids. Rejects where they cannot be had.
   */
  keys(id: string | undefined, known?: readonly KeyObject[]): Promise<readonly KeyObject[]>;
}

const retryMs = 10_000;
const refetchMs = 10_000;

interface Key {
  readonly id: string | undefined;
  readonly key: KeyObject;
}

/**
 * Asks nobody before `run`; `keys` is only for when it `isReady`. A discovery document that names another issuer counts
 * as none, and of the keys only those of RSA and EC for signatures are taken.
 */
export function createOidcProvider(
  { issuer, discoveryUrl, certificateAuthority }: OidcProviderOptions,
  deps: Pick<Deps, 'clock' | 'log'>,
): OidcProvider {
  const { clock } = deps;
  const log = deps.log.child({ issuer });
  let jwksUrl: string | undefined;
  let kept: readonly Key[] | undefined;
  let fetchedMs = -Infinity;
  let fetching: Promise<void> | undefined;

  const discover = async (signal: AbortSignal): Promise<string> => {
    const url = discoveryUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const found = (await fetchJson(url, { certificateAuthority, signal }, deps)) as Record<string, unknown> | null;
    if (found?.['issuer'] !== issuer) {
      const [expected, got] = [JSON.stringify(issuer), JSON.stringify(found?.['issuer'] ?? '')];
      throw new Error(`oidc: issuer did not match the issuer returned by provider, expected ${expected} got ${got}`);
    }
    const keysUrl = found['jwks_uri'];
    if (typeof keysUrl !== 'string' || !URL.canParse(keysUrl)) throw new Error('oidc: the provider names no jwks_uri');
    return keysUrl;
  };

  const refetch = async (): Promise<void> => {
    fetchedMs = clock.monotonicMs();
    const document = (await fetchJson(jwksUrl!, { certificateAuthority }, deps)) as { keys?: unknown } | null;
    kept = readKeys(document?.keys);
  };

  return {
    get isReady() {
      return jwksUrl !== undefined;
    },
    run: async (signal) => {
      let isTold = false;
      while (!signal.aborted && jwksUrl === undefined) {
        try {
          jwksUrl = await discover(signal);
          log.info('oidc authenticator is ready');
        } catch (error) {
          if (signal.aborted) return;
          if (!isTold) log.error('oidc authenticator cannot be initialized, its tokens are refused', { error });
          isTold = true;
          await clock.sleep(retryMs, signal).catch(() => {});
        }
      }
    },
    keys: async (id, known) => {
      const matching = (): readonly KeyObject[] =>
        (kept ?? []).filter((key) => id === undefined || key.id === id).map(({ key }) => key);
      const found = matching();
      if (known ? found.length > known.length : found.length > 0) return found;
      if (clock.monotonicMs() - fetchedMs >= refetchMs) fetching ??= refetch().finally(() => (fetching = undefined));
      await fetching;
      return matching();
    },
  };
}

/** Keys that verify signatures; others are of no use here. */
function readKeys(keys: unknown): readonly Key[] {
  if (!Array.isArray(keys)) throw new Error('oidc: the provider has no keys');
  return keys.flatMap((jwk: webcrypto.JsonWebKey & { kid?: unknown; use?: unknown }) => {
    if (!['RSA', 'EC'].includes(String(jwk?.kty)) || (jwk.use !== undefined && jwk.use !== 'sig')) return [];
    try {
      return [
        { id: typeof jwk.kid === 'string' ? jwk.kid : undefined, key: createPublicKey({ key: jwk, format: 'jwk' }) },
      ];
    } catch {
      return []; // a curve that nobody here knows: others sign with it, or nobody does
    }
  });
}
