import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '../../component/clock.ts';

export interface RotatingFileOptions {
  readonly path: string;
  /** A file that would grow beyond this is put aside first. */
  readonly maxBytes: number;
  /** Files put aside that are older are removed; 0 keeps them. */
  readonly maxAgeMs: number;
  /** So many files put aside are kept; 0 keeps all. */
  readonly maxBackups: number;
  /** Files put aside are compressed. */
  readonly compress: boolean;
}

/** A file that is appended to, and put aside under its time when it is full: `audit-2026-01-31T12-00-00.000.log`. */
export interface RotatingFile {
  /** One call at a time. */
  append(text: string): Promise<void>;
  close(): Promise<void>;
}

/** Nothing is opened before the first line. Files are for their owner only. */
export function createRotatingFile(options: RotatingFileOptions, clock: Clock): RotatingFile {
  const { path } = options;
  const folder = dirname(path);
  const ending = extname(path);
  const prefix = `${basename(path, ending)}-`;
  let file: FileHandle | undefined;
  let bytes = 0;

  async function current(adding: number): Promise<FileHandle> {
    if (!file) {
      file = await open(path, 'a', 0o600);
      bytes = (await stat(path)).size;
    }
    if (bytes > 0 && bytes + adding > options.maxBytes) {
      await file.close();
      file = undefined;
      await putAside();
      file = await open(path, 'a', 0o600);
      bytes = 0;
    }
    return file;
  }

  async function putAside(): Promise<void> {
    const time = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'UTC' })
      .format(clock.now())
      .replace(' ', 'T')
      .replaceAll(':', '-');
    const aside = join(folder, `${prefix}${time}.${String(clock.now() % 1000).padStart(3, '0')}${ending}`);
    await rename(path, aside);
    if (options.compress) {
      await pipeline(createReadStream(aside), createGzip(), createWriteStream(`${aside}.gz`, { mode: 0o600 }));
      await rm(aside);
    }
    await removeOld();
  }

  async function removeOld(): Promise<void> {
    const names = (await readdir(folder)).filter(
      (name) => name.startsWith(prefix) && (name.endsWith(ending) || name.endsWith(`${ending}.gz`)),
    );
    const newestFirst = names.sort().reverse();
    for (const [i, name] of newestFirst.entries()) {
      const isTooMany = options.maxBackups > 0 && i >= options.maxBackups;
      const isTooOld =
        options.maxAgeMs > 0 && (await stat(join(folder, name))).mtimeMs < clock.now() - options.maxAgeMs;
      if (isTooMany || isTooOld) await rm(join(folder, name), { force: true });
    }
  }

  return {
    append: async (text) => {
      const content = Buffer.from(text);
      const target = await current(content.length);
      await target.appendFile(content);
      bytes += content.length;
    },
    close: async () => {
      await file?.close();
      file = undefined;
    },
  };
}
