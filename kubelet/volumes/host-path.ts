import type { Stats } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import type { VolumePlugin } from './volume-plugin.ts';

/** What each type of hostPath demands, and the words for what it is not. */
const checks: Readonly<Record<string, { test: (info: Stats) => boolean; wanted: string }>> = {
  Directory: { test: (info) => info.isDirectory(), wanted: 'a directory' },
  File: { test: (info) => info.isFile(), wanted: 'a file' },
  Socket: { test: (info) => info.isSocket(), wanted: 'a socket file' },
  CharDevice: { test: (info) => info.isCharacterDevice(), wanted: 'a character device' },
  BlockDevice: { test: (info) => info.isBlockDevice(), wanted: 'a block device' },
};

/** A path of the host, checked or made as its type says. Never removed. */
export const hostPathVolume: VolumePlugin = {
  name: 'kubernetes.io/host-path',
  supports: (volume) => volume.hostPath !== undefined,
  setUp: async (volume) => {
    const { path, type = '' } = volume.hostPath!;
    await ensureHostPath(path, type);
    return { hostPath: path, readOnly: false };
  },
};

/** Throws where the path is not what the type says; makes it where the type allows. */
export async function ensureHostPath(path: string, type: string): Promise<void> {
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 });
  if (type === 'FileOrCreate') {
    await writeFile(path, '', { flag: 'wx', mode: 0o644 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw new Error(`hostPath type check failed: ${error.message}`, { cause: error });
    });
  }
  const check = checks[type.replace('OrCreate', '')];
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!check) {
    // The runtime mounts nothing that is not there; upstream's has the runtime make a directory.
    if (!info) await mkdir(path, { recursive: true, mode: 0o755 });
    return;
  }
  if (!info || !check.test(info)) throw new Error(`hostPath type check failed: ${path} is not ${check.wanted}`);
}
