/** The numbers of gRPC's status codes. */
export const grpcCodes = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

export type GrpcCode = (typeof grpcCodes)[keyof typeof grpcCodes];

/** A call that was not answered, or answered with a failure. */
export class GrpcError extends Error {
  readonly code: GrpcCode;
  /** True where the server may have carried the call out, false where it is certain that it has not. */
  readonly mayBeApplied: boolean;

  constructor(code: GrpcCode, message: string, options: ErrorOptions & { readonly mayBeApplied: boolean }) {
    super(message, options);
    this.name = 'GrpcError';
    this.code = code;
    this.mayBeApplied = options.mayBeApplied;
  }
}

/** What an HTTP answer that carries no gRPC status means (gRPC, "HTTP to gRPC Status Code Mapping"). */
export function codeOfHttpStatus(status: string): GrpcCode {
  if (status === '400') return grpcCodes.INTERNAL;
  if (status === '401') return grpcCodes.UNAUTHENTICATED;
  if (status === '403') return grpcCodes.PERMISSION_DENIED;
  if (status === '404') return grpcCodes.UNIMPLEMENTED;
  return ['429', '502', '503', '504'].includes(status) ? grpcCodes.UNAVAILABLE : grpcCodes.UNKNOWN;
}

/** A status as a server wrote it; an unknown one is UNKNOWN. */
export function codeOfStatus(status: string): GrpcCode {
  return Object.values(grpcCodes).find((code) => String(code) === status) ?? grpcCodes.UNKNOWN;
}
