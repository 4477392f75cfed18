/**
 * Asks again until `check` neither throws nor answers false or undefined; then its answer. After `timeoutMs` the last
 * failure is thrown. For conditions that nothing can be awaited for.
 */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | false | undefined> | T | false | undefined,
  { timeoutMs = 60_000, everyMs = 100 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  do {
    try {
      const answer = await check();
      if (answer !== false && answer !== undefined) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  } while (performance.now() < deadline);
  throw new Error(`not within ${timeoutMs / 1000} s: ${what}${last instanceof Error ? `: ${last.message}` : ''}`, {
    cause: last,
  });
}
