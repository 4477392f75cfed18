import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'mocha';

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

  it('locks its packages without naming where they were fetched from', () => {
    assert.doesNotMatch(readFileSync(join(root, 'package-lock.json'), 'utf8'), /"resolved": "https?:/);
  });
});
