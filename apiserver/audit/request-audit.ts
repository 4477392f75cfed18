import type { Codec } from '../../api/schema/codec.ts';
import type { ApiError } from '../../api/meta/errors.ts';
import { formatMicroTime, type Clock } from '../../component/clock.ts';
import type { Deps } from '../../component/deps.ts';
import { counter } from '../../component/metrics.ts';
import type { User } from '../authenticators/authenticator.ts';
import type { ApiRequest, ApiResponse, RequestTrail } from '../request.ts';
import { isLongRunning } from '../stages/long-running.ts';
import type { RequestInfo } from '../stages/request-info.ts';
import { auditLevels, type AuditBackend, type AuditEvent, type AuditLevel, type AuditStage } from './audit-event.ts';
import type { AuditDecision, AuditPolicyEvaluator } from './audit-policy.ts';
import { auditUserOf, objectRefOf, sourcesOf, valueOf, waysTried, withMetadataOf, withoutManagedFields } from './describe-request.ts'; // prettier-ignore

/** Writes down what requests do, as far as a policy says. */
export interface Auditor {
  /** Begins the trail of a request whose user is known; undefined where nothing is to be written of it. */
  begin(request: ApiRequest, info: RequestInfo, user: User, auditId: string): AuditTrail | undefined;
  /** Somebody could not be authenticated and is answered so. */
  refused(request: ApiRequest, info: RequestInfo, auditId: string, error: ApiError): void;
}

export interface AuditTrail extends RequestTrail {
  /** The user that acts in place of the one who asked. */
  impersonated(user: User): void;
  /** The answer that goes out; what it returns is to be sent in its place, and tells when a stream has ended. */
  answered(response: ApiResponse, answer: Answer): ApiResponse;
}

/** How an answer came to be. */
export interface Answer {
  /** Why it is a failure. */
  readonly error?: ApiError;
  /** Reads what is sent in protobuf, which is written down as JSON. */
  readonly codec: Pick<Codec, 'readProtobuf'>;
}

type ResponseStatus = NonNullable<AuditEvent['responseStatus']>;

/**
 * Every event goes to each of the `backends`, in their order and within the call; closing them is the caller's. Counts
 * events, and levels of the policy's decisions, in `metrics`.
 */
export function createAuditor(
  given: { readonly policy: AuditPolicyEvaluator; readonly backends: readonly AuditBackend[] },
  { clock, metrics }: Pick<Deps, 'clock' | 'metrics'>,
): Auditor {
  const events = counter(metrics, {
    name: 'apiserver_audit_event_total',
    help: 'Counter of audit events generated and sent to the audit backend.',
  });
  const levels = counter(metrics, {
    name: 'apiserver_audit_level_total',
    help: 'Counter of policy levels for audit events (1 per request).',
    labelNames: ['level'],
  });
  const record = (event: AuditEvent): void => {
    events.inc();
    for (const backend of given.backends) backend.record(event);
  };
  const decide = (info: RequestInfo, user: User | undefined): AuditDecision => {
    const decision = given.policy(info, user);
    levels.inc({ level: decision.level });
    return decision;
  };

  return {
    begin: (request, info, user, auditId) => {
      const decision = decide(info, user);
      if (decision.level === 'None') return undefined;
      const trail = new Trail({ request, info, user, auditId, decision, clock, record });
      trail.tell('RequestReceived');
      return trail;
    },
    refused: (request, info, auditId, error) => {
      const decision = decide(info, undefined);
      if (decision.level === 'None') return;
      const trail = new Trail({ request, info, user: undefined, auditId, decision, clock, record });
      trail.tell('ResponseStarted', { metadata: {}, message: waysTried(request), code: error.code });
    },
  };
}

interface TrailGiven {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly user: User | undefined;
  readonly auditId: string;
  readonly decision: AuditDecision;
  readonly clock: Clock;
  readonly record: (event: AuditEvent) => void;
}

class Trail implements AuditTrail {
  readonly #given: TrailGiven;
  readonly #receivedMs: number;
  #impersonated: User | undefined;
  #object: unknown;
  #ref: AuditEvent['objectRef'];
  #annotations: Record<string, string> | undefined;

  constructor(given: TrailGiven) {
    this.#given = given;
    this.#receivedMs = given.clock.now();
    this.#ref = objectRefOf(given.info);
  }

  annotate(key: string, value: string): void {
    this.#annotations ??= {};
    this.#annotations[key] ??= value;
  }

  impersonated(user: User): void {
    this.#impersonated = user;
  }

  requestObject(value: unknown): void {
    this.#ref = withMetadataOf(this.#ref, value);
    if (this.#reaches('Request')) this.#object = this.#written(structuredClone(value));
  }

  answered(response: ApiResponse, { error, codec }: Answer): ApiResponse {
    const status = responseStatusOf(response, error);
    const complete = (object?: unknown): void => this.tell('ResponseComplete', status, object);
    if (isLongRunning(this.#given.info)) this.tell('ResponseStarted', status);
    const { body } = response;
    switch (body.kind) {
      case 'bytes':
        complete(this.#reaches('RequestResponse') ? this.#written(valueOf(response, codec)) : undefined);
        return response;
      case 'stream':
        return {
          ...response,
          body: {
            ...body,
            write: async (sink, signal) => {
              try {
                await body.write(sink, signal);
              } finally {
                complete();
              }
            },
          },
        };
      case 'upgraded': {
        const { upgrade } = this.#given.request;
        if (!upgrade || upgrade.socket.destroyed) complete();
        else upgrade.socket.once('close', () => complete());
        return response;
      }
    }
  }

  tell(stage: AuditStage, responseStatus?: ResponseStatus, responseObject?: unknown): void {
    const { request, info, user, auditId, decision, clock, record } = this.#given;
    if (decision.omitStages.has(stage)) return;
    const userAgent = request.headers['user-agent'];
    record({
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: decision.level,
      auditID: auditId,
      stage,
      requestURI: request.uri,
      verb: info.verb,
      user: user ? auditUserOf(user) : {},
      ...(this.#impersonated ? { impersonatedUser: auditUserOf(this.#impersonated) } : {}),
      sourceIPs: sourcesOf(request),
      ...(userAgent ? { userAgent: String(userAgent) } : {}),
      ...(this.#ref ? { objectRef: this.#ref } : {}),
      ...(responseStatus ? { responseStatus } : {}),
      ...(this.#object === undefined ? {} : { requestObject: this.#object }),
      ...(responseObject === undefined ? {} : { responseObject }),
      requestReceivedTimestamp: formatMicroTime(this.#receivedMs),
      stageTimestamp: formatMicroTime(clock.now()),
      ...(this.#annotations ? { annotations: { ...this.#annotations } } : {}),
    });
  }

  #reaches(level: AuditLevel): boolean {
    return auditLevels.indexOf(this.#given.decision.level) >= auditLevels.indexOf(level);
  }

  /** What it is given is changed: it must be nobody else's. */
  #written(value: unknown): unknown {
    return this.#given.decision.omitManagedFields ? withoutManagedFields(value) : value;
  }
}

function responseStatusOf({ status: code }: ApiResponse, error: ApiError | undefined): ResponseStatus {
  if (!error) return { metadata: {}, code };
  const { status, message, reason, details } = error.toStatus();
  return { metadata: {}, status, message, reason, details, code };
}
