import { hash } from 'node:crypto';
import type { TokenReview } from '../../api/schema/generated/authentication-v1.ts';
import type { Deps } from '../../component/deps.ts';
import { createAnswerCache } from '../webhooks/answer-cache.ts';
import type { ReviewWebhook } from '../webhooks/review-webhook.ts';
import { createUser, type Authentication, type TokenAuthenticator } from './authenticator.ts';

export interface WebhookTokenOptions {
  /** `--authentication-token-webhook-version`. */
  readonly version: 'v1' | 'v1beta1';
  /** `--authentication-token-webhook-cache-ttl`, in ms; 0 asks each time. */
  readonly cacheTtlMs: number;
  /** What a token is good for where the webhook does not say: those of the server. */
  readonly apiAudiences: readonly string[];
}

const maxKept = 4096;

/**
 * Asks a webhook by TokenReview whose a token is. A webhook that fails has proved nothing: the token is rejected, and the
 * failure goes to the log. Answers are kept, failures are not.
 */
export function createWebhookTokenAuthenticator(
  options: WebhookTokenOptions,
  webhook: Pick<ReviewWebhook, 'ask'>,
  deps: Pick<Deps, 'clock' | 'log'>,
): TokenAuthenticator {
  const answers = createAnswerCache<Authentication>({ keepMs: () => options.cacheTtlMs, maxEntries: maxKept }, deps);
  const apiVersion = `authentication.k8s.io/${options.version}`;

  const review = async (token: string, audiences: readonly string[]): Promise<Authentication> => {
    const { status } = await webhook.ask<Partial<TokenReview>>({
      apiVersion,
      kind: 'TokenReview',
      metadata: {},
      spec: { token, audiences },
      status: { user: {} },
    });
    const goodFor = status?.audiences?.length ? status.audiences : options.apiAudiences;
    const wanted = audiences.filter((audience) => goodFor.includes(audience));
    if (!wanted.length) return { kind: 'none' };
    // A webhook may quote what it was sent.
    if (!status?.authenticated)
      return status?.error ? { kind: 'rejected', reason: withoutToken(status.error, token) } : { kind: 'none' };
    const { username = '', uid = '', groups = [], extra = {} } = status.user ?? {};
    return { kind: 'user', user: createUser({ name: username, uid, groups, extra }), audiences: wanted };
  };

  return {
    name: 'webhook',
    authenticateToken: async (token, audiences) => {
      // Memory holds no credentials.
      const key = hash('sha256', JSON.stringify([token, audiences]), 'base64');
      try {
        return await answers.get(key, () => review(token, audiences));
      } catch (error) {
        const reason = withoutToken(error instanceof Error ? error.message : String(error), token);
        deps.log.error('failed to make webhook authenticator request', { reason });
        return { kind: 'rejected', reason };
      }
    },
  };
}

function withoutToken(text: string, token: string): string {
  return text.replaceAll(token, '[REDACTED]');
}
