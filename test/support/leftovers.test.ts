import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { leftoversOf, removeLeftovers } from './leftovers.ts';

describe('leftovers of tests', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'k8ts-leftovers-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are none where tests cleaned up', async () => assert.deepEqual(await leftoversOf(folder), []));

  it('are named and removed: files, and processes that name the folder', async () => {
    const script = join(folder, 'script.sh');
    writeFileSync(script, 'echo up; read line\n');
    const child = spawn('sh', [script], { stdio: ['pipe', 'pipe', 'ignore'] });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    assert.deepEqual(await leftoversOf(folder), [`folder ${script}`, `process ${child.pid}: sh ${script}`]);
    await removeLeftovers(folder);
    assert.deepEqual(await ended, [null, 'SIGKILL']);
    assert.ok(!existsSync(folder));
  });
});
