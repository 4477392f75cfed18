import { open } from 'node:fs/promises';
import type { Clock } from '../component/clock.ts';

export interface FollowOptions {
  /** Only the last lines; all where nothing is said. */
  readonly tailLines?: number;
  /** Go on with what is added, until the signal aborts. */
  readonly follow: boolean;
  readonly write: (chunk: Uint8Array) => void;
}

const chunkBytes = 64 * 1024;
const pollMs = 200;

/** Writes out a file that somebody appends to. Starts again at its beginning when it becomes shorter (it was rotated). */
export async function followFile(
  path: string,
  options: FollowOptions,
  deps: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  const file = await open(path, 'r');
  try {
    let position = options.tailLines === undefined ? 0 : await startOfLastLines(file, options.tailLines);
    const buffer = Buffer.alloc(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, chunkBytes, position);
      if (bytesRead > 0) {
        options.write(Buffer.from(buffer.subarray(0, bytesRead)));
        position += bytesRead;
        continue;
      }
      if (!options.follow || deps.signal.aborted) return;
      if ((await file.stat()).size < position) position = 0;
      await deps.clock.sleep(pollMs, deps.signal).catch(() => undefined); // aborted: the next turn returns
    }
  } finally {
    await file.close();
  }
}

/** Where the last `lines` lines begin: reads backwards and counts line ends. */
async function startOfLastLines(file: Awaited<ReturnType<typeof open>>, lines: number): Promise<number> {
  const { size } = await file.stat();
  if (lines === 0) return size;
  const buffer = Buffer.alloc(chunkBytes);
  let found = 0;
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - chunkBytes);
    await file.read(buffer, 0, end - start, start);
    for (let i = end - start - 1; i >= 0; i--) {
      if (buffer[i] !== 0x0a || start + i === size - 1) continue;
      found += 1;
      if (found === lines) return start + i + 1;
    }
    end = start;
  }
  return 0;
}
