import { constants, type Stats } from 'node:fs';
import { mkdir, open, realpath, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Mounter } from './volume-plugin.ts';

const O_PATH = 0o10000000;

/**
 * Pins a path within a volume so that a container can mount it: a bind mount at `target`. What the path leads to cannot
 * leave the volume, even if a container changes links meanwhile: each part is opened by itself without following links,
 * and what is mounted is the opened file, not a name.
 */
export async function bindSubPath(volume: string, subPath: string, target: string, mounts: Mounter): Promise<void> {
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) {
    throw new Error(`invalid subPath ${JSON.stringify(subPath)}`);
  }
  if (await mounts.isMountPoint(target)) return;
  const root = await realpath(volume);
  const resolved = await resolveInside(root, subPath);
  const opened = await openStepwise(root, relative(root, resolved));
  try {
    const source = `/proc/${process.pid}/fd/${opened.fd}`;
    await makeTarget(target, await stat(source));
    await mounts.bind(source, target);
  } finally {
    await opened.close();
  }
}

/** Where the path leads, links followed; folders that are missing are made with the rights of the volume. */
async function resolveInside(root: string, subPath: string): Promise<string> {
  const path = join(root, subPath);
  const assertIn = (resolved: string): string => {
    if (resolved !== root && !resolved.startsWith(root + sep)) throw new Error(`subPath ${subPath} leaves its volume`);
    return resolved;
  };
  try {
    return assertIn(await realpath(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  // The part that is there must be inside before anything is made below it.
  let existing = dirname(path);
  for (;;) {
    const found = await realpath(existing).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
    if (found) {
      const inside = assertIn(found);
      const { mode } = await stat(root);
      const wanted = join(inside, relative(existing, path));
      await mkdir(wanted, { recursive: true, mode: mode & 0o777 });
      return assertIn(await realpath(wanted));
    }
    existing = dirname(existing);
  }
}

async function openStepwise(root: string, path: string): Promise<FileHandle> {
  let handle = await open(root, O_PATH | constants.O_DIRECTORY);
  const parts = path.split(sep).filter(Boolean);
  for (const [i, part] of parts.entries()) {
    const flags = O_PATH | constants.O_NOFOLLOW | (i < parts.length - 1 ? constants.O_DIRECTORY : 0);
    try {
      const next = await open(`/proc/self/fd/${handle.fd}/${part}`, flags);
      await handle.close();
      handle = next;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }
  return handle;
}

async function makeTarget(target: string, source: Stats): Promise<void> {
  if (source.isDirectory()) {
    await mkdir(target, { recursive: true, mode: 0o750 });
    return;
  }
  await mkdir(dirname(target), { recursive: true, mode: 0o750 });
  await writeFile(target, '', { mode: 0o640 });
}
