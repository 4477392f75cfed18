import { badRequest } from '../../api/meta/errors.ts';
import { parseDuration } from '../../api/meta/duration.ts';
import type { Clock, Timer } from '../../component/clock.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { bytesResponse, errorResponse, textType } from '../server/responses.ts';
import { isLongRunning } from './long-running.ts';
import type { RequestInfo } from './request-info.ts';

export interface RequestDeadline {
  /**
   * Serves within the time the request has: `--request-timeout`, or less where its `timeout` parameter says so. What takes
   * longer is answered with 504 and its work cancelled. `serve` is told the time in ms, 0 for long-running requests.
   */
  run(request: ApiRequest, info: RequestInfo, serve: (timeoutMs: number) => Promise<ApiResponse>): Promise<ApiResponse>;
}

/** Made once: an Error takes its stack with it. */
const timedOut = new Error('the request timed out');

/**
 * A `timeout` can only shorten `requestTimeoutMs`; one that is no Go duration is answered with 400, and the request not
 * served. The `serve` that `run` is given must not reject.
 */
export function createRequestDeadline(clock: Clock, options: { readonly requestTimeoutMs: number }): RequestDeadline {
  const { requestTimeoutMs } = options;
  const usual = new EqualTimers(clock, requestTimeoutMs);
  return {
    run: (request, info, serve) => {
      if (isLongRunning(info)) return serve(0);
      const asked = request.query.get('timeout');
      let timeoutMs = requestTimeoutMs;
      if (asked) {
        let wishedMs: number;
        try {
          wishedMs = parseDuration(asked);
        } catch (error) {
          return Promise.resolve(invalidTimeout(error as Error, request));
        }
        if (wishedMs > 0 && wishedMs < requestTimeoutMs) timeoutMs = wishedMs;
      }
      return new Promise((resolve) => {
        const expire = (): void => {
          request.cancel?.(timedOut);
          resolve(timeoutResponse());
        };
        const timer = timeoutMs === requestTimeoutMs ? usual.add(expire) : clock.after(timeoutMs, expire);
        void serve(timeoutMs).then((response) => {
          timer.cancel();
          resolve(response);
        });
      });
    },
  };
}

/** Timers of one length, thousands a second of which nearly all are cancelled: one real timer, for the oldest. */
class EqualTimers {
  readonly #clock: Clock;
  readonly #ms: number;
  /** In the order in which they end. */
  readonly #waiting = new Set<EqualTimer>();
  #isArmed = false;

  constructor(clock: Clock, ms: number) {
    this.#clock = clock;
    this.#ms = ms;
  }

  add(run: () => void): Timer {
    const timer = new EqualTimer(this.#waiting, run, this.#clock.monotonicMs() + this.#ms);
    this.#waiting.add(timer);
    if (!this.#isArmed) this.#arm(this.#ms);
    return timer;
  }

  #arm(ms: number): void {
    this.#isArmed = true;
    this.#clock.after(ms, () => {
      this.#isArmed = false;
      const nowMs = this.#clock.monotonicMs();
      for (const timer of this.#waiting) {
        if (timer.endMs > nowMs) return this.#arm(timer.endMs - nowMs);
        timer.cancel();
        timer.run();
      }
    });
  }
}

class EqualTimer implements Timer {
  readonly #waiting: Set<EqualTimer>;
  readonly run: () => void;
  readonly endMs: number;

  constructor(waiting: Set<EqualTimer>, run: () => void, endMs: number) {
    this.#waiting = waiting;
    this.run = run;
    this.endMs = endMs;
  }

  cancel(): void {
    this.#waiting.delete(this);
  }
}

function invalidTimeout({ message }: Error, { headers }: ApiRequest): ApiResponse {
  return errorResponse(badRequest(`invalid timeout specified in the request URL - ${message}`), headers['accept']);
}

const timeoutStatus = Buffer.from(
  `${JSON.stringify({
    metadata: {},
    status: 'Failure',
    message: 'Timeout: request did not complete within the allotted timeout',
    reason: 'Timeout',
    details: {},
    code: 504,
  })}\n`,
);

/** Upstream writes it without naming its kind or type, whatever the client accepts. */
function timeoutResponse(): ApiResponse {
  return bytesResponse(504, textType, timeoutStatus);
}
