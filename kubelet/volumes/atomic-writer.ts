import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface FileProjection {
  readonly data: Buffer;
  readonly mode: number;
  readonly uid?: number;
}

/** Files by their path within the volume. */
export type Payload = ReadonlyMap<string, FileProjection>;

const dataLink = '..data';

/**
 * Makes the folder hold exactly these files, all changed at one moment for whoever reads through `..data`: the files lie
 * in a folder of their own time, `..data` is a link to it, and what users see are links through that. Same layout as
 * upstream's AtomicWriter, so programs that watch for its renames work. True where something was written.
 */
export async function writeAtomically(folder: string, payload: Payload): Promise<boolean> {
  for (const path of payload.keys()) assertInside(path);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const old = await readlink(join(folder, dataLink)).catch(ignoreMissing);
  if (old && (await holds(join(folder, old), payload))) {
    await linkNames(folder, payload);
    return false;
  }

  const next = await mkdtemp(join(folder, `..${timestamp(await newestTime(folder))}.`));
  await chmod(next, 0o755);
  for (const [path, { data, mode, uid }] of payload) {
    const file = join(next, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, data);
    await chmod(file, mode); // the umask does not count
    if (uid !== undefined) await chown(file, uid, -1);
  }
  const temporary = join(folder, '..data_tmp');
  await rm(temporary, { force: true });
  await symlink(basename(next), temporary);
  await rename(temporary, join(folder, dataLink));
  await linkNames(folder, payload);
  for (const name of await readdir(folder)) {
    if (name.startsWith('..2') && name !== basename(next))
      await rm(join(folder, name), { recursive: true, force: true });
  }
  return true;
}

/** Links for the first part of each path; links to what has gone are taken away. */
async function linkNames(folder: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split('/')[0]!));
  for (const name of await readdir(folder)) {
    if (name.startsWith('..')) continue;
    if (!wanted.delete(name)) await unlink(join(folder, name));
  }
  for (const name of wanted) await symlink(join(dataLink, name), join(folder, name));
}

async function holds(folder: string, payload: Payload): Promise<boolean> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(ignoreMissing);
  if (found?.filter((entry) => entry.isFile()).length !== payload.size) return false;
  for (const [path, { data, mode }] of payload) {
    const file = join(folder, path);
    const info = await lstat(file).catch(ignoreMissing);
    if (!info?.isFile() || info.size !== data.length) return false;
    // Group rights may have been widened for an fsGroup.
    if ((info.mode & 0o707) !== (mode & 0o707)) return false;
    if (!(await readFile(file)).equals(data)) return false;
  }
  return true;
}

/** Names count up with time also where clocks jump, as they only need to differ and to read as a time. */
async function newestTime(folder: string): Promise<number> {
  const probe = join(folder, '..probe');
  await writeFile(probe, '');
  const { mtimeMs } = await stat(probe);
  await unlink(probe);
  return mtimeMs;
}

/** `2026_01_31_23_59_59` */
function timestamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/[-T:]/g, '_');
}

function assertInside(path: string): void {
  const parts = path.split('/');
  if (path === '' || path.startsWith('/') || parts.includes('..') || parts[0]!.startsWith('..')) {
    throw new Error(`invalid path for a file of a volume: ${JSON.stringify(path)}`);
  }
}

function ignoreMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
