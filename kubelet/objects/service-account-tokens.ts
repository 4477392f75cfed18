import type { TokenRequest } from '../../api/schema/generated/authentication-v1.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import type { Client } from '../../client/client.ts';
import type { Deps } from '../../component/deps.ts';

export interface TokenWanted {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience?: string;
  readonly expirationSeconds: number;
  readonly pod: { readonly name: string; readonly uid: string };
}

export interface Token {
  readonly token: string;
  /** Wall time from which on a newer one is to be asked for. */
  readonly refreshAtMs: number;
}

export interface ServiceAccountTokens {
  /** A token that is good for a while yet; rejects only where there is none. */
  get(wanted: TokenWanted, signal?: AbortSignal): Promise<Token>;
  /** Forgets the tokens of a pod. */
  forget(podUid: string): void;
}

interface Kept extends Token {
  readonly expiresAtMs: number;
}

/** Upstream refreshes at 80 % of a token's life, and at the latest after a day; both a little spread. */
const refreshShare = 0.8;
const maxAgeMs = 24 * 3_600_000;
const maxJitterMs = 10_000;

/** Tokens by TokenRequest, bound to a pod, kept until they are to be renewed. */
export function createServiceAccountTokens(
  client: Client,
  deps: Pick<Deps, 'clock' | 'random' | 'log'>,
): ServiceAccountTokens {
  const { clock, random, log } = deps;
  const kept = new Map<string, Kept>();

  return {
    get: async (wanted, signal) => {
      const { namespace, serviceAccount, audience, expirationSeconds, pod } = wanted;
      const key = JSON.stringify([pod.uid, namespace, serviceAccount, audience, expirationSeconds]);
      const known = kept.get(key);
      if (known && known.refreshAtMs > clock.now()) return known;
      try {
        const answer = await client.createSubresource<TokenRequest>(
          serviceAccounts,
          { namespace, name: serviceAccount, subresource: 'token' },
          {
            kind: 'TokenRequest',
            apiVersion: 'authentication.k8s.io/v1',
            metadata: {},
            spec: {
              audiences: audience ? [audience] : [],
              expirationSeconds,
              boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: pod.name, uid: pod.uid },
            },
          },
          { signal },
        );
        const { token, expirationTimestamp } = answer.status ?? {};
        if (!token || !expirationTimestamp) throw new Error('the API server answered without a token');
        const nowMs = clock.now();
        const expiresAtMs = Date.parse(expirationTimestamp);
        const refreshAfterMs = Math.min((expiresAtMs - nowMs) * refreshShare, maxAgeMs) - random.next() * maxJitterMs;
        const made = { token, expiresAtMs, refreshAtMs: nowMs + Math.max(0, refreshAfterMs) };
        kept.set(key, made);
        return made;
      } catch (error) {
        if (!known || known.expiresAtMs <= clock.now()) throw error;
        log.warn('service account token not renewed, the old one is still good', { namespace, serviceAccount, error });
        return known;
      }
    },
    forget: (podUid) => {
      const prefix = JSON.stringify([podUid]).slice(0, -1);
      for (const key of kept.keys()) if (key.startsWith(prefix)) kept.delete(key);
    },
  };
}
