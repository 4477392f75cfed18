/**
 * Why a container could not be started; `reason` and message are what its status shows while it waits
 * (`ErrImagePull`, `CreateContainerConfigError`, `RunContainerError`…).
 */
export class StartError extends Error {
  readonly reason: string;
  /** Wall time before which trying again is of no use. */
  readonly retryAtMs?: number;

  constructor(
    reason: string,
    message: string,
    options: { readonly retryAtMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'StartError';
    this.reason = reason;
    this.retryAtMs = options.retryAtMs;
  }
}
