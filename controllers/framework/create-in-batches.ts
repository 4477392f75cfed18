/**
 * Calls `create` `count` times: once, then twice as many at a time while all succeed, so that a quota or a broken
 * template costs one refusal and not hundreds (upstream's slowStartBatch). Returns how many succeeded and the first error.
 */
export async function createInBatches(
  count: number,
  create: () => Promise<void>,
): Promise<{ readonly succeeded: number; readonly error?: unknown }> {
  let succeeded = 0;
  for (let left = count, size = Math.min(left, 1); size > 0; size = Math.min(2 * size, left)) {
    const results = await Promise.allSettled(Array.from({ length: size }, create));
    const failed = results.find((result) => result.status === 'rejected');
    succeeded += results.filter((result) => result.status === 'fulfilled').length;
    if (failed) return { succeeded, error: failed.reason };
    left -= size;
  }
  return { succeeded };
}
