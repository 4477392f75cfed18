import type { Deps } from '../../../component/deps.ts';
import type { Claims } from './claim-mapper.ts';
import { createOidcProvider } from './oidc-provider.ts';
import { parseToken, type Issuer, type VerifyToken } from './signed-token.ts';

/** Issuers that the claims of a configured one lead to. They are found when they are first met. */
export interface OtherIssuers {
  /** The claims of a token of any issuer. Rejects with an Error in upstream's words, also while the issuer is looked for. */
  verified(text: string): Promise<Claims>;
  /** Looks for those that are met until the signal aborts; none are met before. */
  run(signal: AbortSignal): Promise<void>;
}

/** Whoever answers for claims may name issuers as they like, but not without end. */
const maxIssuers = 16;

/**
 * Believes all of them by one `certificateAuthority` (PEM; the system's where there is none) and has `verify` check
 * their tokens for the same `audiences`. At most 16 are ever met: tokens of further ones are rejected.
 */
export function createOtherIssuers(
  options: {
    readonly certificateAuthority?: string;
    readonly audiences: readonly string[];
    readonly verify: VerifyToken;
  },
  deps: Pick<Deps, 'clock' | 'log'>,
): OtherIssuers {
  const { certificateAuthority, audiences, verify } = options;
  const issuers = new Map<string, Issuer>();
  const searches: Promise<void>[] = [];
  let lifetime: AbortSignal | undefined;

  const meet = (issuer: string): Issuer | undefined => {
    const known = issuers.get(issuer);
    if (known || !lifetime || lifetime.aborted || issuers.size >= maxIssuers) return known;
    const provider = createOidcProvider({ issuer, certificateAuthority }, deps);
    searches.push(provider.run(lifetime));
    const found = { provider, audiences };
    issuers.set(issuer, found);
    return found;
  };

  return {
    verified: async (text) => {
      const token = parseToken(text);
      if (!token) throw new Error('malformed token');
      const issuer = meet(token.issuer);
      if (!issuer?.provider.isReady) {
        const name = JSON.stringify(token.issuer);
        throw new Error(
          `verifying untrusted issuer ${token.issuer} failed: verifier not initialized for issuer: ${name}`,
        );
      }
      try {
        await verify(token, issuer);
      } catch (error) {
        throw new Error(`verify distributed claim token: ${(error as Error).message}`, { cause: error });
      }
      return token.claims;
    },
    run: async (signal) => {
      lifetime = signal;
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      await Promise.all(searches);
    },
  };
}
