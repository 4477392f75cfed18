import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { createFakeClock } from '../../component/fake-clock.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import type { ContainerRuntime } from '../runtime/container-runtime.ts';
import { createImageGc, type ImageGc } from './image-gc.ts';

describe('image collection', () => {
  let folder: string;
  let removed: string[];
  const clock = createFakeClock();
  const { signal } = new AbortController();
  const make = (inUse: string[] = []): ImageGc =>
    createImageGc(
      {
        runtime: {
          removeImage: (id: string) => {
            if (inUse.includes(id)) return Promise.reject(new Error('in use'));
            removed.push(id);
            return Promise.resolve();
          },
        } as unknown as ContainerRuntime,
        disk: () =>
          Promise.resolve({
            capacityBytes: 100,
            availableBytes: 10 + removed.length * 10,
            usedBytes: 0,
            inodes: 0,
            inodesFree: 0,
          }),
        options: { file: join(folder, 'pulled.json'), highPercent: 85, lowPercent: 80, minAgeMs: 1000 },
      },
      createTestDeps({ clock }),
    );
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-images-'));
    removed = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('removes what this kubelet pulled and nobody uses, the longest unused first, over restarts', async () => {
    const first = make();
    for (const id of ['a', 'b', 'c']) {
      await first.pulled(id);
      await clock.advance(1000);
    }
    const again = make(['b']);
    again.used('a');
    await clock.advance(1000);
    assert.equal(await again.reclaim(() => Promise.resolve(removed.length === 1), signal), true);
    assert.deepEqual(removed, ['c']);
    assert.equal(await make().reclaim(() => Promise.resolve(false), signal), true);
    assert.deepEqual(removed, ['c', 'a', 'b']);
  });

  it('leaves young images alone', async () => {
    const gc = make();
    await gc.pulled('young');
    assert.equal(await gc.reclaim(() => Promise.resolve(false), signal), false);
  });

  it('works by itself once the disk fills up', async () => {
    const gc = make();
    await gc.pulled('a');
    await gc.pulled('b');
    await clock.advance(2000);
    const stop = new AbortController();
    const running = gc.run(stop.signal);
    while (removed.length < 1) await clock.advance(300_000);
    stop.abort(new Error('over'));
    await running;
    assert.deepEqual(removed, ['a']);
  });
});
