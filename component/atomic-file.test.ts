import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { writeFileAtomic } from './atomic-file.ts';

describe('atomic file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-atomic-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  for (const mode of [0o600, 0o644]) {
    it(`writes with mode 0${mode.toString(8)}, over what was there too`, async () => {
      const path = join(folder, 'a');
      await writeFile(path, 'old', { mode: 0o666 });
      await writeFileAtomic(path, 'new', { mode });
      assert.equal(await readFile(path, 'utf8'), 'new');
      assert.equal((await stat(path)).mode & 0o777, mode);
      assert.deepEqual(await readdir(folder), ['a']);
    });
  }

  it('leaves the old content and nothing else when it fails', async () => {
    const path = join(folder, 'missing', 'a');
    await assert.rejects(writeFileAtomic(path, 'x', { mode: 0o600 }), { code: 'ENOENT' });
    await writeFile(join(folder, 'a'), 'old');
    await assert.rejects(writeFileAtomic(join(folder, 'a', 'b'), 'x', { mode: 0o600 }));
    assert.deepEqual(await readdir(folder), ['a']);
  });

  it('stands many writers at once: one of them wins whole', async () => {
    const path = join(folder, 'a');
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(contents.map((content) => writeFileAtomic(path, content, { mode: 0o600 })));
    assert.ok(contents.includes(await readFile(path, 'utf8')));
    assert.deepEqual(await readdir(folder), ['a']);
  });
});
