import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { importCycles } from './import-cycles.ts';

describe('importCycles', () => {
  let root: string;
  before(() => (root = mkdtempSync(join(tmpdir(), 'k8ts-imports-'))));
  after(() => rmSync(root, { recursive: true, force: true }));

  for (const [what, sources, expected] of [
    ['none', { a: "import { b } from './b.ts';", b: "import fs from 'node:fs';" }, []],
    ['of two files', { a: "import {\n  b,\n} from './b.ts';", b: "import './a.ts';" }, [['a.ts', 'b.ts']]],
    ['through a re-export', { a: "export * from './b.ts';", b: "import { a } from './a.ts';" }, [['a.ts', 'b.ts']]],
    ['of types, which load nothing', { a: "import type { B } from './b.ts';", b: "import { a } from './a.ts';" }, []],
    [
      'of three beside a file that only uses them',
      { a: "import './b.ts';", b: "import './c.ts';", c: "import './a.ts';", d: "import './a.ts';" },
      [['a.ts', 'b.ts', 'c.ts']],
    ],
  ] as const)
    it(`finds circles: ${what}`, () => {
      for (const [name, text] of Object.entries(sources)) writeFileSync(join(root, `${name}.ts`), `${text}\n`);
      const files = Object.keys(sources).map((name) => `${name}.ts`);
      assert.deepEqual(importCycles(root, files), expected);
    });
});
