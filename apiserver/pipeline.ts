import { ApiError, hasReason, internalError } from '../api/meta/errors.ts';
import type { Codec } from '../api/schema/codec.ts';
import type { Deps } from '../component/deps.ts';
import type { Auditor, AuditTrail } from './audit/request-audit.ts';
import { anonymousUser, type Authenticator, type User } from './authenticators/authenticator.ts';
import type { Authorizer } from './authorizers/authorizer.ts';
import type { ApiRequest, ApiResponse, Handler } from './request.ts';
import { errorResponse } from './server/responses.ts';
import { authenticate } from './stages/authentication.ts';
import { attributesOf, authorize } from './stages/authorization.ts';
import { freePass, type FlowControl, type Pass } from './stages/flow-control.ts';
import { createImpersonation } from './stages/impersonation.ts';
import type { RequestDeadline } from './stages/request-deadline.ts';
import { requestInfoOf, type RequestInfo } from './stages/request-info.ts';
import type { RequestMetrics } from './stages/request-metrics.ts';
import { StorageUnavailableError } from './storage/storage.ts';
import { withWarnings } from './stages/warnings.ts';

export interface PipelineOptions {
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  /** Absent where nothing is written down. */
  readonly auditor?: Auditor;
  readonly metrics: RequestMetrics;
  readonly deps: Deps;
  /** Writes failures for those who read protobuf, and reads answers for the audit. */
  readonly codec: Pick<Codec, 'encodeProtobuf' | 'readProtobuf'>;
  /** Absent: requests take as long as they take. */
  readonly deadline?: RequestDeadline;
  /** Absent: all are let in. */
  readonly flowControl?: FlowControl;
  /** Answers before anybody is asked who they are; undefined where the path is not its. */
  readonly beforeAuthentication: (request: ApiRequest) => Promise<ApiResponse> | undefined;
  /** Whoever serves what the request is about. */
  readonly dispatch: (request: ApiRequest, info: RequestInfo, user: User, warnings: string[]) => Promise<ApiResponse>;
}

/** The life of a request: every stage, in order. The handler never rejects. */
export function createPipeline(options: PipelineOptions): Handler {
  const { authorizer, metrics, deps, deadline, flowControl, dispatch } = options;
  const impersonate = createImpersonation(authorizer);

  /** From who asks to the answer; never rejects. */
  const serve = async (request: ApiRequest, info: RequestInfo, timeoutMs: number): Promise<ApiResponse> => {
    const warnings: string[] = [];
    const auditId = auditIdOf(request, deps);
    let trail: AuditTrail | undefined;
    let pass: Pass = freePass;
    let isAnonymous = false;
    let response: ApiResponse;
    try {
      const early = options.beforeAuthentication(request);
      if (early) response = await early;
      else {
        const asker = await authenticateOrTell(options, request, info, auditId, warnings);
        isAnonymous = asker.name === anonymousUser;
        request.trail = trail = options.auditor?.begin(request, info, asker, auditId);
        const user = await impersonate(request, asker, () => attributesOf(asker, info, request));
        if (user !== asker) trail?.impersonated(user);
        if (flowControl) {
          const entered = flowControl.enter(request, info, user, timeoutMs);
          pass = entered instanceof Promise ? await entered : entered;
        }
        if (pass.rejection) response = pass.rejection;
        else {
          const failed = await authorize(authorizer, attributesOf(user, info, request), request);
          response = failed ?? (await dispatch(request, info, user, warnings));
        }
      }
      if (trail) response = trail.answered(response, options);
    } catch (error) {
      isAnonymous ||= hasReason(error, 'Unauthorized');
      const apiError = asApiError(error, request, deps);
      response = errorResponse(apiError, request.headers['accept'], options.codec.encodeProtobuf);
      if (trail) response = trail.answered(response, { error: apiError, codec: options.codec });
    }
    response.headers['audit-id'] = auditId;
    // Many requests on one connection are not for those whom nobody knows (CVE-2023-44487).
    if (isAnonymous && request.isHttp2) response.headers['connection'] = 'close';
    return withWarnings(pass.leave(response), warnings);
  };

  return async (request) => {
    const info = requestInfoOf(request);
    const finish = metrics.start(request, info);
    return finish(
      deadline
        ? await deadline.run(request, info, (timeoutMs) => serve(request, info, timeoutMs))
        : await serve(request, info, 0),
    );
  };
}

/** The client's own, where it gave one. */
function auditIdOf({ headers }: ApiRequest, { random }: Deps): string {
  const given = headers['audit-id'];
  return (Array.isArray(given) ? given[0] : given) || random.uuid();
}

async function authenticateOrTell(
  { authenticator, auditor }: PipelineOptions,
  request: ApiRequest,
  info: RequestInfo,
  auditId: string,
  warnings: string[],
): Promise<User> {
  try {
    return await authenticate(authenticator, request, warnings);
  } catch (error) {
    if (error instanceof ApiError) auditor?.refused(request, info, auditId, error);
    throw error;
  }
}

/** Values of the API nest a few levels; what fills the stack is somebody's attempt to. */
function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded';
}

/** What nobody expected is answered as 500, and told to the operator with where it came from. */
function asApiError(error: unknown, request: ApiRequest, { log }: Deps): ApiError {
  if (error instanceof ApiError) return error;
  if (request.signal.aborted) return new ApiError('Timeout', 'the request was cancelled', { cause: error });
  if (error instanceof StorageUnavailableError) return storeFailed(error);
  if (isStackOverflow(error))
    return new ApiError('BadRequest', 'the object provided is nested too deep', { cause: error });
  log.error('request failed', { method: request.method, path: request.path, error });
  return internalError(error);
}

/** Clients repeat a 503 by themselves, so it is only for what certainly did not take place. */
function storeFailed(error: StorageUnavailableError): ApiError {
  const { kind, message } = error;
  if (kind === 'timedOut') return new ApiError('Timeout', timedOut, { cause: error });
  if (kind === 'unknown') return new ApiError('Unknown', message, { cause: error });
  return new ApiError('ServiceUnavailable', message, { details: { retryAfterSeconds: 1 }, cause: error });
}

const timedOut = 'Timeout: request did not complete within requested timeout - context deadline exceeded';
