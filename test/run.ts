/**
 * `npm test [-- FILE …]`: every `*.test.ts` of the tree, those of whole clusters last, in one mocha run. What they left
 * behind is named and removed. The last line is `N passed, N failed`; the exit code is 1 where anything failed or nothing
 * ran.
 */
import { globSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { lastingFolder, lastingVariable } from './support/lasting-folder.ts';
import { leftoversOf, removeLeftovers } from './support/leftovers.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const folders =
  'api apiserver bench bin cli client component controllers deploy dns examples kube-proxy kubelet scheduler test';

/** Cheap first, so that a mistake shows early: unit tests, then one component with real peers, then whole clusters. */
function rank(file: string): number {
  if (file.startsWith('test/e2e/')) return 2;
  return file.startsWith('test/') ? 1 : 0;
}

const asked = process.argv.slice(2);
const files = (asked.length > 0 ? asked : globSync(`{${folders.replaceAll(' ', ',')}}/**/*.test.ts`, { cwd: root }))
  .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
  .map((file) => fileURLToPath(new URL(file, new URL('../', import.meta.url))));

/** Where all files of this run are made: `tmpdir()` of the tests and of the processes they start. */
const folder = mkdtempSync(join(realpathSync(tmpdir()), 'k8ts-tests-'));
process.env[lastingVariable] ??= tmpdir();
process.env.NODE_COMPILE_CACHE ??= lastingFolder('k8ts-compile-cache');
process.env.TMPDIR = folder;

const mocha = new Mocha({ timeout: 60_000, reporter: 'spec', forbidOnly: true, forbidPending: true });
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();
const stats = await new Promise<{ passes: number; failures: number }>((resolve) => {
  const runner = mocha.run(() => resolve({ passes: runner.stats?.passes ?? 0, failures: runner.stats?.failures ?? 0 }));
});
const leftovers = await leftoversOf(folder);
if (leftovers.length > 0) process.stdout.write(`\nleft behind by the tests:\n  ${leftovers.join('\n  ')}\n`);
await removeLeftovers(folder);
process.stdout.write(`\n${stats.passes} passed, ${stats.failures} failed\n`, () => {
  process.exit(stats.failures > 0 || stats.passes === 0 ? 1 : 0);
});
