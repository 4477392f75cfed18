import { ApiError } from '../../api/meta/errors.ts';
import { createHttpsTransport } from '../../client/https-transport.ts';
import { connectionOf, loadKubeconfig } from '../../client/kubeconfig.ts';
import { errorFrom } from '../../client/response-error.ts';
import { createClient, userAgentOf } from '../../client/rest-client.ts';
import { TransportError } from '../../client/transport.ts';
import { createBackoff } from '../../component/backoff.ts';
import type { Deps } from '../../component/deps.ts';
import { withTimeLimit } from '../../component/time-limit.ts';

export interface ReviewWebhookOptions {
  /** A kubeconfig: where the webhook is, whom to trust, and who we are to it. */
  readonly kubeConfigFile: string;
  /** The first wait before a failed call is repeated, in ms; half a second where nothing is said. */
  readonly initialBackoffMs?: number;
  /** How long one call may take, in ms; half a minute where nothing is said. */
  readonly timeoutMs?: number;
}

/** Somebody else's server that answers reviews: TokenReview, SubjectAccessReview, ImageReview. */
export interface ReviewWebhook {
  /**
   * Posts the review to the very address that the kubeconfig names and resolves to the review it answers. What may pass
   * (a connection that was reset; 500, 504, 429; an answer that says when to come back) is asked again, five times in all.
   * Rejects with an ApiError for what the webhook answers, else with what the connection failed of.
   */
  ask<T extends object>(review: object): Promise<T>;
  /** Lets go of connections. */
  close(): void;
}

/** The webhook took longer than it may. */
export class ReviewTimeout extends Error {
  constructor(timeoutMs: number) {
    super(`no answer within ${timeoutMs / 1000}s`);
    this.name = 'ReviewTimeout';
  }
}

const attempts = 5;
const backoffFactor = 1.5;
const backoffJitter = 0.2;
const defaultInitialBackoffMs = 500;
const defaultTimeoutMs = 30_000;

/** Reads the kubeconfig; nobody is asked yet. Rejects with one line where it does not hold up. */
export async function openReviewWebhook(
  options: ReviewWebhookOptions,
  deps: Pick<Deps, 'clock' | 'random'>,
): Promise<ReviewWebhook> {
  const { initialBackoffMs = defaultInitialBackoffMs, timeoutMs = defaultTimeoutMs } = options;
  const connection = await connectionOf(await loadKubeconfig({ path: options.kubeConfigFile }), {}, deps);
  const transport = createHttpsTransport({ ...connection, deps });
  const client = createClient({ transport, userAgent: userAgentOf('kube-apiserver') });

  const askOnce = async <T>(body: string): Promise<T> => {
    const request = { method: 'POST', path: '', headers: { 'content-type': 'application/json' }, body };
    return withTimeLimit(
      { clock: deps.clock, ms: timeoutMs, reason: () => new ReviewTimeout(timeoutMs) },
      async (signal) => {
        const response = await client.raw({ ...request, signal });
        const text = await response.text();
        if (response.status < 200 || response.status >= 300) throw errorFrom(response.status, text, request);
        return parseReview(text) as T;
      },
    );
  };

  return {
    ask: async (review) => {
      const body = JSON.stringify(review);
      const backoff = createBackoff(
        { initialMs: initialBackoffMs, maxMs: Infinity, factor: backoffFactor, jitter: backoffJitter },
        deps,
      );
      for (let attempt = 1; ; attempt++) {
        try {
          return await askOnce(body);
        } catch (error) {
          if (attempt === attempts || !mayPass(error)) throw error;
        }
        await backoff.wait();
      }
    },
    close: () => transport.close(),
  };
}

/** An object, whatever is in it. */
function parseReview(text: string): object {
  let review: unknown;
  try {
    review = JSON.parse(text);
  } catch (cause) {
    throw new Error("the webhook's answer is not JSON", { cause });
  }
  if (typeof review !== 'object' || review === null) throw new Error("the webhook's answer is no object");
  return review;
}

/** Is it worth while to ask again? */
function mayPass(error: unknown): boolean {
  if (error instanceof TransportError) return error.code === 'ECONNRESET';
  if (!(error instanceof ApiError)) return false;
  return (
    ['InternalError', 'Timeout', 'TooManyRequests'].includes(error.reason) ||
    error.details?.retryAfterSeconds !== undefined
  );
}
