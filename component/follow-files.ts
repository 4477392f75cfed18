import { readFile } from 'node:fs/promises';
import type { Deps } from './deps.ts';

export interface FollowedFiles {
  readonly files: readonly string[];
  /** What stood in them when they were last taken, in their order. */
  readonly texts: readonly string[];
  /**
   * Takes what stands in them when that has changed. `later`: they do not fit each other yet (one of a pair is written
   * after the other), ask again. What it throws is logged, and the same texts are not offered again.
   */
  take(texts: readonly string[]): Promise<'taken' | 'later'> | 'taken' | 'later';
}

/** Long enough to cost nothing, short enough for whoever waits for a renewed certificate. */
const lookEveryMs = 10_000;

/** Looks at files every ten seconds until the signal aborts. While one cannot be read, what was taken stays. */
export async function followFiles(
  { files, texts, take }: FollowedFiles,
  { clock, log }: Pick<Deps, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  let seen = texts;
  let isTold = false;
  for (;;) {
    await clock.sleep(lookEveryMs, signal).catch(() => {});
    if (signal.aborted) return;
    try {
      const found = await Promise.all(files.map((file) => readFile(file, 'utf8')));
      isTold = false;
      if (found.every((text, i) => text === seen[i])) continue;
      const before = seen;
      seen = found;
      if ((await take(found)) === 'later') seen = before;
      else log.info('files are read anew', { files });
    } catch (error) {
      if (!isTold) log.error('changed files are not taken over, what was read before stays', { files, error });
      isTold = true;
    }
  }
}
