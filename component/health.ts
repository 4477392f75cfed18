/** One thing that must hold. Throws (or rejects) where it does not; the reason goes to the log, not to the caller. */
export interface HealthCheck {
  readonly name: string;
  check(): void | Promise<void>;
}

export interface HealthAnswer {
  readonly status: 200 | 500;
  readonly contentType: string;
  readonly text: string;
}

/** `name: reason` of each failed check, for the log. */
export interface HealthReport extends HealthAnswer {
  readonly failures: readonly { readonly name: string; readonly error: unknown }[];
}

/** Always healthy: the process answers. */
export const ping: HealthCheck = { name: 'ping', check: () => {} };

/**
 * Runs checks and words the answer as upstream's `k8s.io/apiserver/pkg/server/healthz` does: `ok`, with `?verbose` or on
 * failure a line a check; `?exclude=NAME` leaves one out. `path` is `healthz`, `livez` or `readyz`.
 */
export async function answerHealth(
  path: string,
  checks: readonly HealthCheck[],
  query: URLSearchParams,
): Promise<HealthReport> {
  const excluded = new Set(query.getAll('exclude'));
  let lines = '';
  const failures: { name: string; error: unknown }[] = [];
  for (const check of checks) {
    if (excluded.delete(check.name)) {
      lines += `[+]${check.name} excluded: ok\n`;
      continue;
    }
    try {
      await check.check();
      lines += `[+]${check.name} ok\n`;
    } catch (error) {
      failures.push({ name: check.name, error });
      lines += `[-]${check.name} failed: reason withheld\n`;
    }
  }
  if (excluded.size > 0) {
    const names = [...excluded].sort().map((name) => JSON.stringify(name));
    lines += `warn: some health checks cannot be excluded: no matches for ${names.join(',')}\n`;
  }
  const contentType = 'text/plain; charset=utf-8';
  if (failures.length > 0) return { status: 500, contentType, text: `${lines}${path} check failed\n`, failures };
  const text = query.has('verbose') ? `${lines}${path} check passed\n` : 'ok';
  return { status: 200, contentType, text, failures };
}

/** The answer of one check by its own path (`/healthz/ping`), worded as upstream does. */
export async function answerCheck(check: HealthCheck): Promise<HealthReport> {
  const contentType = 'text/plain; charset=utf-8';
  try {
    await check.check();
    return { status: 200, contentType, text: 'ok', failures: [] };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      status: 500,
      contentType,
      text: `internal server error: ${reason}\n`,
      failures: [{ name: check.name, error }],
    };
  }
}
