import type { ListMeta, Status, StatusCause, StatusDetails } from '../schema/generated/meta-v1.ts';
import type { FieldError } from './field-error.ts';

/** `metav1.StatusReason` and the HTTP code each is answered with. */
const codeByReason = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  ServerTimeout: 500,
  Timeout: 504,
  StorageReadError: 500,
  Unknown: 500,
} as const;

export type StatusReason = keyof typeof codeByReason;

/** The one error that crosses the wire: a server writes it as a Status, a client rebuilds it from one. */
export class ApiError extends Error {
  readonly reason: StatusReason;
  readonly code: number;
  readonly details?: StatusDetails;
  /** Where a list that cannot go on as it was may go on all the same. */
  readonly metadata: ListMeta;

  constructor(
    reason: StatusReason,
    message: string,
    options: { details?: StatusDetails; code?: number; cause?: unknown; metadata?: ListMeta } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.reason = reason;
    this.code = options.code ?? codeByReason[reason];
    this.details = options.details;
    this.metadata = options.metadata ?? {};
  }

  /** The wire shape of a failure; fields in upstream's order. */
  toStatus(): Status {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.metadata,
      status: 'Failure',
      message: this.message,
      ...(this.reason === 'Unknown' ? {} : { reason: this.reason }),
      ...(this.details ? { details: this.details } : {}),
      code: this.code,
    };
  }

  /** Rebuilds the error from a Status body; `fallbackCode` is the HTTP status where the body carries none. */
  static fromStatus(status: Status, fallbackCode: number): ApiError {
    const reason = status.reason && status.reason in codeByReason ? (status.reason as StatusReason) : 'Unknown';
    return new ApiError(reason, status.message ?? `the server answered ${fallbackCode}`, {
      details: status.details,
      code: status.code ?? fallbackCode,
      metadata: status.metadata,
    });
  }
}

/** True for an ApiError of one of the reasons; anything else is false. */
export function hasReason(error: unknown, ...reasons: StatusReason[]): error is ApiError {
  return error instanceof ApiError && reasons.includes(error.reason);
}

/** What an error is about. `plural` and `group` name the resource, as upstream's messages do. */
export type ErrorSubject = { readonly group: string; readonly plural: string };

function qualified({ group, plural }: ErrorSubject): string {
  return group ? `${plural}.${group}` : plural;
}

function about(subject: ErrorSubject, name: string, extra: Partial<StatusDetails> = {}): StatusDetails {
  return {
    ...(name ? { name } : {}),
    ...(subject.group ? { group: subject.group } : {}),
    kind: subject.plural,
    ...extra,
  };
}

/** 404 `NotFound`, for the object of that name. */
export function notFound(subject: ErrorSubject, name: string): ApiError {
  return new ApiError('NotFound', `${qualified(subject)} "${name}" not found`, { details: about(subject, name) });
}

/** 409 `AlreadyExists`, for the object of that name. */
export function alreadyExists(subject: ErrorSubject, name: string): ApiError {
  return new ApiError('AlreadyExists', `${qualified(subject)} "${name}" already exists`, {
    details: about(subject, name),
  });
}

/** 409 `Conflict`: the change cannot be made to the object as it is, and `why`. */
export function conflict(subject: ErrorSubject, name: string, why: string): ApiError {
  return new ApiError('Conflict', `Operation cannot be fulfilled on ${qualified(subject)} "${name}": ${why}`, {
    details: about(subject, name),
  });
}

/** The conflict of an update whose resourceVersion is no longer the newest. */
export function modified(subject: ErrorSubject, name: string): ApiError {
  return conflict(
    subject,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

/** 403 `Forbidden`, for the object of that name, or for the resource where the name is empty. */
export function forbidden(subject: ErrorSubject, name: string, why: string): ApiError {
  const message = name
    ? `${qualified(subject)} "${name}" is forbidden: ${why}`
    : `${qualified(subject)} is forbidden: ${why}`;
  return new ApiError('Forbidden', message, { details: about(subject, name) });
}

/** 422 with every cause at once; details name the kind, not the resource, as upstream does. */
export function invalid(
  subject: { readonly group: string; readonly kind: string },
  name: string,
  errors: readonly FieldError[],
): ApiError {
  const causes: StatusCause[] = errors.map((e) => ({ reason: e.type, message: e.detailMessage(), field: e.field }));
  const texts = [...new Set(errors.map((e) => e.toString()))];
  const list = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`;
  const kind = subject.group ? `${subject.kind}.${subject.group}` : subject.kind;
  return new ApiError('Invalid', `${kind} "${name}" is invalid: ${list}`, {
    details: {
      ...(name ? { name } : {}),
      ...(subject.group ? { group: subject.group } : {}),
      kind: subject.kind,
      causes,
    },
  });
}

/** 400 `BadRequest` with the very message. */
export function badRequest(message: string): ApiError {
  return new ApiError('BadRequest', message);
}

/** 410: the revision asked for is compacted, or a continue token is too old. */
export function expired(message: string): ApiError {
  return new ApiError('Expired', message);
}

/** 500 `InternalError`, with the message of its cause. */
export function internalError(cause: unknown): ApiError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new ApiError('InternalError', `Internal error occurred: ${message}`, {
    details: { causes: [{ message }] },
    cause,
  });
}
