import { watch, type FSWatcher } from 'node:fs';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import type { Deps } from '../../component/deps.ts';
import { createWake } from '../wake.ts';
import { readManifests } from './read-manifests.ts';

export interface FileSourceOptions {
  readonly path: string;
  readonly nodeName: string;
  /** How often it is read when nobody tells of a change, in ms. */
  readonly checkFrequencyMs: number;
}

/** After the first sign of a change, until what belongs to it is written too, in ms. */
const settleMs = 50;

/**
 * Hands over the static pods of a path, all of them each time, at first and whenever the files change; until the signal
 * aborts. A file that cannot be read as a pod is told of once and left out; so is a path that is not there.
 */
export async function runFileSource(
  options: FileSourceOptions,
  changed: (pods: readonly Pod[]) => void,
  deps: Pick<Deps, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const wake = createWake(deps.clock);
  let watcher: FSWatcher | undefined;
  let told = '';
  while (!signal.aborted) {
    watcher ??= tryWatch(
      options.path,
      () => wake.ring(),
      () => (watcher = undefined),
    );
    try {
      const { pods, problems } = await readManifests(options.path, options.nodeName);
      const text = problems.map(({ file, error }) => `${file}: ${error.message}`).join('\n');
      if (text && text !== told) deps.log.error('manifest not usable', { problems: text });
      told = text;
      changed(pods);
    } catch (error) {
      deps.log.error('manifests cannot be read', { path: options.path, error });
    }
    await wake.wait(options.checkFrequencyMs, signal);
    if (!signal.aborted) await deps.clock.sleep(settleMs, signal).catch(() => {});
  }
  watcher?.close();
}

/** undefined where it cannot be watched now: it is not there yet. */
function tryWatch(path: string, changed: () => void, lost: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(path, { persistent: false }, changed);
    watcher.on('error', () => {
      watcher.close();
      lost();
    });
    return watcher;
  } catch {
    return undefined;
  }
}
