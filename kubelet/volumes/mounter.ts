import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Mounter } from './volume-plugin.ts';

const run = promisify(execFile);

/** By mount(8) and umount(8); what is mounted is read from the kernel, so it is right also after a restart. */
export const hostMounter: Mounter = {
  isMountPoint: async (path) => (await mountPoints()).includes(path),
  mountTmpfs: async (path, { sizeBytes } = {}) => {
    const options = sizeBytes ? ['-o', `size=${sizeBytes}`] : [];
    await run('mount', ['-t', 'tmpfs', ...options, 'tmpfs', path]);
  },
  bind: async (source, target) => void (await run('mount', ['--bind', source, target])),
  unmountAll: async (path) => {
    const below = (await mountPoints()).filter((point) => point === path || point.startsWith(`${path}/`));
    // Deepest first; what is still in use goes as soon as it is free.
    for (const point of below.sort((a, b) => b.length - a.length)) {
      await run('umount', [point]).catch(() => run('umount', ['--lazy', point]));
    }
  },
};

async function mountPoints(): Promise<string[]> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** The fifth field of each line of proc_pid_mountinfo(5); blanks and backslashes are octal there. */
export function parseMountInfo(text: string): string[] {
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) =>
      line.split(' ')[4]!.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    );
}
