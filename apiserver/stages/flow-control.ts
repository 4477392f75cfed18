import type { Deps } from '../../component/deps.ts';
import type { User } from '../authenticators/authenticator.ts';
import type { ActiveSchema, FlowController } from '../flow-control/flow-controller.ts';
import { FlowRequest, type Decision } from '../flow-control/fair-queue-set.ts';
import { WatchCounts } from '../flow-control/watch-counts.ts';
import { estimateWork, type Counts } from '../flow-control/work-estimate.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { tooManyRequests } from '../server/responses.ts';
import { isLongRunning } from './long-running.ts';
import type { RequestInfo } from './request-info.ts';

/** Leave to serve a request. Whoever got it hands the answer in, which frees the place. */
export interface Pass {
  /** Set where the request is turned away: the answer to it, which is not handed in. */
  readonly rejection?: ApiResponse;
  leave(response: ApiResponse): ApiResponse;
}

/** Keeps the number of requests under way in bounds. At once where there is room, which is nearly always. */
export interface FlowControl {
  /** `timeoutMs`: after which the request has failed anyhow; 0 where it has no deadline. */
  enter(request: ApiRequest, info: RequestInfo, user: User, timeoutMs: number): Pass | Promise<Pass>;
}

/** For requests that nobody counts. */
export const freePass: Pass = { leave: (response) => response };

/** A request waits for its turn this part of the time it has. */
const waitFraction = 1 / 4;

/** API Priority and Fairness (KEP-1040): every request has a flow schema, and takes seats of its priority level. */
export function createPriorityAndFairness(
  deps: Pick<Deps, 'clock'>,
  options: {
    readonly controller: FlowController;
    /** Stored objects of a resource; undefined where it is not served. */
    readonly countObjects: Counts['objects'];
    readonly requestTimeoutMs: number;
  },
): FlowControl {
  const { controller, requestTimeoutMs } = options;
  const watches = new WatchCounts();
  const counts: Counts = { objects: options.countObjects, watches: (info) => watches.concerned(info) };

  const wait = (flow: FlowRequest, schema: ActiveSchema, request: ApiRequest, limitMs: number): Promise<Decision> =>
    new Promise((resolve) => {
      const eject = (reason: 'time-out' | 'cancelled'): void => {
        if (schema.level.set.eject(flow, reason)) decide(reason);
      };
      const abort = (): void => eject('cancelled');
      const decide = (decision: Decision): void => {
        timer.cancel();
        request.signal.removeEventListener('abort', abort);
        resolve(decision);
      };
      const timer = deps.clock.after(limitMs, () => eject('time-out'));
      flow.decide = decide;
      request.signal.addEventListener('abort', abort, { once: true });
      if (request.signal.aborted) abort();
    });

  const passOf = (
    decision: Decision,
    flow: FlowRequest,
    schema: ActiveSchema,
    request: ApiRequest,
    info: RequestInfo,
  ): Pass => {
    if (decision === 'execute') return new SeatPass(flow, schema, request, info, watches);
    const { dropped } = schema.level;
    dropped.add(deps.clock.now());
    return { ...freePass, rejection: withUids(tooManyRequests(dropped.retryAfterSeconds), schema) };
  };

  return {
    enter: (request, info, user, timeoutMs) => {
      const isWatch = info.verb === 'watch';
      if (!isWatch && isLongRunning(info)) return freePass;
      const schema = controller.classify(user, info);
      const { level } = schema;
      const work = estimateWork(request, info, level.limits.maxSeats, counts);
      if (work.finalSeats > 0) schema.statistics.watchCount.observe(watches.concerned(info));
      const flow = new FlowRequest(schema.statistics, work, isWatch);
      const decision = level.set.start(flow, controller.handOf(schema, user, info));
      if (decision !== 'wait') return passOf(decision, flow, schema, request, info);
      const limitMs = Math.min(timeoutMs || requestTimeoutMs, requestTimeoutMs) * waitFraction;
      return wait(flow, schema, request, limitMs).then((decided) => passOf(decided, flow, schema, request, info));
    },
  };
}

class SeatPass implements Pass {
  readonly #flow: FlowRequest;
  readonly #schema: ActiveSchema;
  readonly #request: ApiRequest;
  readonly #info: RequestInfo;
  readonly #watches: WatchCounts;

  constructor(flow: FlowRequest, schema: ActiveSchema, request: ApiRequest, info: RequestInfo, watches: WatchCounts) {
    this.#flow = flow;
    this.#schema = schema;
    this.#request = request;
    this.#info = info;
    this.#watches = watches;
  }

  leave(response: ApiResponse): ApiResponse {
    withUids(response, this.#schema);
    if (response.body.kind === 'stream' && this.#flow.isWatch) return this.#leaveWatch(response, response.body);
    this.#schema.level.set.finish(this.#flow);
    return response;
  }

  /** A watch keeps its seat until its client has the state to begin with, or is gone. */
  #leaveWatch(response: ApiResponse, body: ApiResponse['body'] & { readonly kind: 'stream' }): ApiResponse {
    const { signal } = this.#request;
    let isDone = false;
    const free = (): void => {
      if (isDone) return;
      isDone = true;
      signal.removeEventListener('abort', free);
      this.#schema.level.set.finish(this.#flow);
    };
    signal.addEventListener('abort', free, { once: true });
    if (signal.aborted) free();
    void body.initialized?.then(free);
    return {
      ...response,
      body: {
        ...body,
        write: async (sink, stop) => {
          const end = this.#watches.add(this.#info);
          try {
            await body.write(sink, stop);
          } finally {
            end();
            free();
          }
        },
      },
    };
  }
}

/** UIDs, not names: what operators call their levels is not for everybody to know. */
function withUids(response: ApiResponse, { uid, level }: ActiveSchema): ApiResponse {
  response.headers['x-kubernetes-pf-flowschema-uid'] = uid;
  response.headers['x-kubernetes-pf-prioritylevel-uid'] = level.uid;
  return response;
}
