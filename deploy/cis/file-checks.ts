import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail, info, pass, type CisCheck, type CisFacts } from './cis-check.ts';

type Files = (facts: CisFacts) => readonly string[];

/** Passes where no file has more rights than `most`; INFO where there is no such file. */
export function modeCheck(id: string, what: string, most: number, files: Files): CisCheck {
  return {
    id,
    title: `${what}: permissions ${octal(most)} or fewer`,
    check: (facts) => {
      const found = existing(files(facts));
      const open = found.filter(({ mode }) => mode & 0o777 & ~most);
      if (open.length > 0)
        return fail(
          open.map(({ path, mode }) => `${path} is ${octal(mode & 0o777)}`).join(', '),
          `chmod ${octal(most)} ${open.map(({ path }) => path).join(' ')}; k8ts up does it for its own files`,
        );
      return found.length > 0 ? pass(describe(found)) : info('there is no such file');
    },
  };
}

/** Passes where every file belongs to root; INFO where there is no such file. */
export function ownerCheck(id: string, what: string, files: Files): CisCheck {
  return {
    id,
    title: `${what}: owned by root`,
    check: (facts) => {
      const found = existing(files(facts));
      const foreign = found.filter(({ uid, gid }) => uid !== 0 || gid !== 0);
      if (foreign.length > 0)
        return fail(
          foreign.map(({ path, uid, gid }) => `${path} belongs to ${uid}:${gid}`).join(', '),
          `chown root:root ${foreign.map(({ path }) => path).join(' ')}`,
        );
      return found.length > 0 ? pass(describe(found)) : info('there is no such file');
    },
  };
}

/** A recommendation on files that k8ts does not have. */
export function noSuchFile(id: string, what: string, reason: string): CisCheck {
  return { id, title: what, check: () => info(reason) };
}

/** A folder and all below it whose name passes. */
export function below(folder: string, isMeant: (name: string) => boolean = () => true): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(isMeant)
      .map((name) => join(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

interface Found {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

function existing(paths: readonly string[]): Found[] {
  return paths.flatMap((path) => {
    // Of a link its target counts; one that leads nowhere is no file.
    if (!lstatSync(path, { throwIfNoEntry: false })) return [];
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? [{ path, mode: stat.mode, uid: stat.uid, gid: stat.gid }] : [];
  });
}

function describe(found: readonly Found[]): string {
  if (found.length > 1) return `${found.length} files`;
  return `${found[0]!.path} is ${octal(found[0]!.mode & 0o777)}, owner ${found[0]!.uid}:${found[0]!.gid}`;
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}
