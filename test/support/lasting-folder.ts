import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where `test/run.ts` keeps the folder of before it gave its tests one of their own. */
export const lastingVariable = 'K8TS_TESTS_LASTING_DIR';

/** A folder that outlives the run, for what takes long to fetch or make; it may not be there yet. */
export function lastingFolder(name: string): string {
  return join(process.env[lastingVariable] ?? tmpdir(), `${name}-${process.getuid?.() ?? 0}`);
}
