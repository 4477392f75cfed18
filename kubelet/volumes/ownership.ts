import { chmod, chown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Gives a volume to a group, as upstream does for `fsGroup`: every file readable (and writable, unless the volume is
 * read-only) by it, folders passing the group on to what is made in them. Links are not followed.
 */
export async function giveToGroup(path: string, gid: number, options: { readonly readOnly: boolean }): Promise<void> {
  const info = await lstat(path);
  if (info.isSymbolicLink()) return;
  const rights = options.readOnly ? 0o440 : 0o660;
  if (info.isDirectory()) {
    for (const name of await readdir(path)) await giveToGroup(join(path, name), gid, options);
    await chown(path, -1, gid);
    await chmod(path, (info.mode & 0o7777) | rights | 0o110 | 0o2000);
  } else {
    await chown(path, -1, gid);
    await chmod(path, (info.mode & 0o7777) | rights);
  }
}
