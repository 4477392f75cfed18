import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that a folder's files take on disk; what goes while it is counted does not count. */
export async function diskUsage(path: string): Promise<number> {
  const info = await lstat(path).catch(() => undefined);
  if (!info) return 0;
  const own = info.blocks * 512;
  if (!info.isDirectory()) return own;
  const names = await readdir(path).catch(() => []);
  let total = own;
  for (const name of names) total += await diskUsage(join(path, name));
  return total;
}
