/** The HTTP status of a failure that the daemon answered; undefined for any other. */
function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number } | undefined)?.statusCode;
}

/** The daemon does not have it. */
export function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404;
}

/** 304: the container is in the state asked for already. */
export function isNotModified(error: unknown): boolean {
  return statusOf(error) === 304;
}

/** The daemon cannot do it in the state things are in. */
export function isConflict(error: unknown): boolean {
  return statusOf(error) === 409;
}

/** The daemon's own words, without dockerode's `(HTTP code 500) server error - ` before them. */
export function dockerMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\(HTTP code \d+\) .*? - /s, '').trim();
}

/** An Error whose message is made for events and statuses; the original is its cause. */
export function withoutPrefix(error: unknown): Error {
  return new Error(dockerMessage(error), { cause: error });
}
