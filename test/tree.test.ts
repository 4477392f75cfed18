import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';
import { importCycles } from './support/import-cycles.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

function run(program: string, args: string[]): { status: number | null; output: string } {
  const result = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status: result.status, output: `${result.stdout}${result.stderr}` };
}

describe('the tree', function () {
  this.timeout(300_000);

  for (const [name, program, args] of [
    ['type-checks', 'typescript/bin/tsc', []],
    ['keeps the rules of the linter', 'eslint/bin/eslint.js', ['.']],
    ['is formatted', 'prettier/bin/prettier.cjs', ['--check', '.']],
  ] as const) {
    it(name, () => {
      const { status, output } = run(program, [...args]);
      assert.equal(status, 0, output);
    });
  }

  it('has no files that load one another in a circle', () => {
    const files = globSync('*/**/*.ts', { cwd: root, exclude: ['node_modules/**'] });
    assert.ok(files.length > 1000);
    assert.deepEqual(importCycles(root, files), []);
  });

  it('locks its packages without naming where they were fetched from', () => {
    assert.doesNotMatch(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved": "https?:/);
  });
});
