import { eventually } from './eventually.ts';

/** As `eventually`, for what takes milliseconds: looks often, and gives up after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>, what = 'the condition'): Promise<void> {
  await eventually(what, condition, { timeoutMs: 10_000, everyMs: 5 });
}
