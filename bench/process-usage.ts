import { readFile } from 'node:fs/promises';
import type { Clock } from '../component/clock.ts';

export interface Usage {
  /** Largest sum of resident memory seen. */
  readonly peakRssBytes: number;
  /** User and system time together. */
  readonly cpuSeconds: number;
}

/** Linux counts the CPU time of a process in these, whatever the kernel's own tick is. */
const ticksPerSecond = 100;
const sampleMs = 50;

/** Watches processes while something runs: their memory now and then, their CPU time from start to end. */
export async function withUsage<T>(
  pids: readonly number[],
  clock: Clock,
  run: () => Promise<T>,
): Promise<{ result: T; usage: Usage | undefined }> {
  if (pids.length === 0) return { result: await run(), usage: undefined };
  const before = await usageOf(pids);
  let peakRssBytes = before.peakRssBytes;
  const finished = new AbortController();
  const sampling = (async (): Promise<void> => {
    while (!finished.signal.aborted) {
      await clock.sleep(sampleMs, finished.signal).catch(() => {});
      peakRssBytes = Math.max(peakRssBytes, (await usageOf(pids)).peakRssBytes);
    }
  })();
  try {
    const result = await run();
    const after = await usageOf(pids);
    return { result, usage: { peakRssBytes, cpuSeconds: after.cpuSeconds - before.cpuSeconds } };
  } finally {
    finished.abort();
    await sampling;
  }
}

/** What `/proc` says of the processes together, at this moment. A process that is gone counts for nothing. */
export async function usageOf(pids: readonly number[]): Promise<Usage> {
  const each = await Promise.all(pids.map(usageOfOne));
  return {
    peakRssBytes: each.reduce((sum, usage) => sum + usage.peakRssBytes, 0),
    cpuSeconds: each.reduce((sum, usage) => sum + usage.cpuSeconds, 0),
  };
}

async function usageOfOne(pid: number): Promise<Usage> {
  try {
    const [status, stat] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The name in brackets may hold anything; the numbers follow it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      peakRssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
    };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ESRCH') throw error;
    return { peakRssBytes: 0, cpuSeconds: 0 };
  }
}
