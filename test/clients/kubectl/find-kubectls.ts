import { execFileSync } from 'node:child_process';
import { readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram } from '../../../deploy/setup/run-command.ts';

export interface KubectlBinary {
  readonly file: string;
  /** `27` of 1.27. */
  readonly minor: number;
}

/**
 * The kubectls of this machine, one a minor release, oldest first: `$KUBECTLS` (files, by colon), else the one on the
 * PATH and those that stand beside it or the gcloud SDK as `kubectl.1.NN`.
 */
export function findKubectls(): KubectlBinary[] {
  const given = process.env['KUBECTLS']?.split(':').filter(Boolean);
  const byMinor = new Map<number, KubectlBinary>();
  for (const file of given ?? [...besideOthers(), findProgram('kubectl')]) {
    const minor = file === undefined ? undefined : minorOf(file);
    if (minor !== undefined && !byMinor.has(minor)) byMinor.set(minor, { file: file!, minor });
  }
  return [...byMinor.values()].sort((a, b) => a.minor - b.minor);
}

function besideOthers(): string[] {
  const folders = new Set(
    ['kubectl', 'gcloud'].flatMap((name) => {
      const file = findProgram(name);
      return file === undefined ? [] : [dirname(realpathSync(file))];
    }),
  );
  return [...folders].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => /^kubectl\.\d+\.\d+$/.test(name))
      .map((name) => join(folder, name)),
  );
}

/** Undefined where it does not say, or is a dispatcher to the others. */
function minorOf(file: string): number | undefined {
  const text = execFileSync(file, ['version', '--client', '-o', 'json'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const match = /"gitVersion": "v1\.(\d+)\.\d+([^"]*)"/.exec(text);
  return match ? Number(match[1]) : undefined;
}
