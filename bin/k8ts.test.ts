import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, it } from 'mocha';

const bin = fileURLToPath(new URL('./', import.meta.url));

describe('a checkout whose node_modules is a link', () => {
  let folder: string;

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'k8ts-linked-')));
    cpSync(bin, join(folder, 'mine/bin'), { recursive: true });
    mkdirSync(join(folder, 'other/node_modules'), { recursive: true });
    writeFileSync(join(folder, 'other/node_modules/.package-lock.json'), '{"packages":{}}');
    symlinkSync(join(folder, 'other/node_modules'), join(folder, 'mine/node_modules'));
    writeFileSync(join(folder, 'mine/tsconfig.json'), '{}');
    writeFileSync(join(folder, 'mine/package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'mine/hello.mjs'), `console.log('hello');`);
    writeFileSync(join(folder, 'mine/package-lock.json'), '{"packages":{"node_modules/missing":{"version":"1.0.0"}}}');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('leaves the packages there alone, says what is to be done, and goes on', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'mine/bin/k8ts.mjs'), 'run', 'hello.mjs'], {
      encoding: 'utf8',
    });
    assert.equal(stderr, `k8ts: node_modules is a link and lacks packages; run npm ci in ${join(folder, 'other')}\n`);
    assert.equal(stdout, 'hello\n');
    assert.ok(existsSync(join(folder, 'other/node_modules/.package-lock.json')));
  });
});
