import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '../../component/atomic-file.ts';
import type { Deps } from '../../component/deps.ts';
import type { FileSystemUsage } from '../node/machine-info.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';

export interface ImageGc {
  /** A pull by this kubelet brought the image; it may be removed when nobody uses it and room is short. */
  pulled(imageId: string): Promise<void>;
  /** A container was made of it. */
  used(imageId: string): void;
  /** Removes images that nobody uses, the longest unused first, until `done` says so. True where one was removed. */
  reclaim(done: () => Promise<boolean>, signal: AbortSignal): Promise<boolean>;
  /** Keeps disk use below the high threshold, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface ImageGcOptions {
  /** Where it is remembered which images are ours, over restarts. */
  readonly file: string;
  readonly highPercent: number;
  readonly lowPercent: number;
  readonly minAgeMs: number;
}

interface Remembered {
  readonly pulledMs: number;
  usedMs: number;
}

const checkMs = 300_000;

/**
 * Removes only images that this kubelet has pulled: on a host that is not Kubernetes' alone, the others are somebody's.
 * The runtime keeps those that a container uses, dead ones too.
 */
export function createImageGc(
  given: {
    readonly runtime: ContainerRuntime;
    readonly disk: () => Promise<FileSystemUsage>;
    readonly options: ImageGcOptions;
  },
  deps: Pick<Deps, 'clock' | 'log'>,
): ImageGc {
  const { runtime, options } = given;
  const { clock, log } = deps;
  let loaded: Promise<Map<string, Remembered>> | undefined;
  const images = (): Promise<Map<string, Remembered>> => (loaded ??= load(options.file));
  const save = async (known: ReadonlyMap<string, Remembered>): Promise<void> => {
    await writeFileAtomic(options.file, JSON.stringify(Object.fromEntries(known)), { mode: 0o600 });
  };

  const usedPercent = async (): Promise<number> => {
    const { availableBytes, capacityBytes } = await given.disk();
    return 100 - (availableBytes / capacityBytes) * 100;
  };

  async function reclaim(done: () => Promise<boolean>, signal: AbortSignal): Promise<boolean> {
    const known = await images();
    const now = clock.now();
    let removed = false;
    for (const [id, { pulledMs }] of [...known].sort(([, a], [, b]) => a.usedMs - b.usedMs)) {
      if (await done()) break;
      if (now - pulledMs < options.minAgeMs) continue;
      try {
        await runtime.removeImage(id, signal);
        known.delete(id);
        removed = true;
        log.info('image removed, nobody used it', { image: id });
      } catch (error) {
        signal.throwIfAborted();
        known.get(id)!.usedMs = now; // in use, or shared by another name
        log.debug('image not removed', { image: id, error });
      }
    }
    if (removed) await save(known);
    return removed;
  }

  return {
    pulled: async (imageId) => {
      const known = await images();
      if (known.has(imageId)) return;
      known.set(imageId, { pulledMs: clock.now(), usedMs: clock.now() });
      await save(known);
    },
    used: (imageId) => {
      void images().then((known) => {
        const image = known.get(imageId);
        if (image) image.usedMs = clock.now();
      });
    },
    reclaim,
    run: async (signal) => {
      while (!signal.aborted) {
        try {
          if ((await usedPercent()) >= options.highPercent) {
            await reclaim(async () => (await usedPercent()) <= options.lowPercent, signal);
          }
        } catch (error) {
          if (signal.aborted) return;
          log.warn('images not collected', { error });
        }
        await clock.sleep(checkMs, signal).catch(() => {});
      }
    },
  };
}

/** Nothing where the file is missing or broken: no image is ours then. */
async function load(file: string): Promise<Map<string, Remembered>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(file, 'utf8')) as Record<string, Remembered>));
  } catch {
    return new Map();
  }
}
