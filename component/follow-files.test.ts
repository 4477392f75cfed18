import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createTestDeps } from '../test/support/test-deps.ts';
import { until } from '../test/support/until.ts';
import { createFakeClock } from './fake-clock.ts';
import { followFiles } from './follow-files.ts';

describe('followed files', () => {
  const clock = createFakeClock();
  let folder: string;
  let files: string[];
  let stop: AbortController;
  let running: Promise<void>;
  let offered: string[];
  let answer: () => 'taken' | 'later';
  let deps: ReturnType<typeof createTestDeps>;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-follow-'));
    files = ['a', 'b'].map((name) => join(folder, name));
    for (const file of files) await writeFile(file, 'one');
    stop = new AbortController();
    offered = [];
    answer = () => 'taken';
    deps = createTestDeps({ clock });
    const take = (texts: readonly string[]): 'taken' | 'later' => (offered.push(texts.join(' ')), answer());
    running = followFiles({ files, texts: ['one', 'one'], take }, deps, stop.signal);
  });
  afterEach(async () => {
    stop.abort(new Error('the test is over'));
    await running;
    await rm(folder, { recursive: true });
    assert.equal(clock.pending, 0);
  });
  /** One look, to its end. */
  const look = async (): Promise<void> => {
    await clock.waitForPending(1);
    await clock.advance(10_000);
    await clock.waitForPending(1);
  };

  it('are taken when they have changed, once', async () => {
    await look();
    await writeFile(files[1]!, 'two');
    await look();
    await look();
    assert.deepEqual(offered, ['one two']);
  });

  it('are offered again where they did not fit each other', async () => {
    answer = () => 'later';
    await writeFile(files[0]!, 'two');
    await look();
    answer = () => 'taken';
    await look();
    await look();
    assert.deepEqual(offered, ['two one', 'two one']);
  });

  it('that are no good are told of once, and taken when they are mended', async () => {
    answer = () => {
      throw new Error('no good');
    };
    await writeFile(files[0]!, 'bad');
    await look();
    await look();
    answer = () => 'taken';
    await writeFile(files[0]!, 'good');
    await look();
    assert.deepEqual(offered, ['bad one', 'good one']);
    assert.deepEqual(
      deps.lines.map(({ level }) => level),
      ['error', 'info'],
    );
  });

  it('that are gone are waited for', async () => {
    await rm(files[0]!);
    await look();
    await look();
    assert.equal(deps.lines.length, 1);
    await writeFile(files[0]!, 'two');
    await look();
    await until(() => offered.length === 1);
    assert.deepEqual(offered, ['two one']);
  });
});
