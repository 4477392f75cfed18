import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFakeClock } from '../component/fake-clock.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { SyncLoop } from './sync-loop.ts';

/** A loop of 1 s at least and 30 s at most, and the times at which it synced. */
function start(sync: () => Promise<void> = async () => {}) {
  const clock = createFakeClock();
  const deps = createTestDeps({ clock });
  const syncedAt: number[] = [];
  const loop = new SyncLoop(
    {
      minPeriodMs: 1000,
      maxPeriodMs: 30_000,
      sync: async () => {
        syncedAt.push(clock.monotonicMs());
        await sync();
      },
    },
    deps,
  );
  const stop = new AbortController();
  const running = loop.run(stop.signal);
  const end = async (): Promise<void> => {
    stop.abort(new Error('the test is over'));
    await running;
  };
  return { clock, deps, loop, syncedAt, end };
}

describe('SyncLoop', () => {
  it('syncs at once after a quiet time, and gathers what changes within the least period', async () => {
    const { clock, loop, syncedAt, end } = start();
    await clock.advance(5000);
    loop.trigger();
    await clock.advance(100);
    loop.trigger();
    loop.trigger();
    await clock.advance(10_000);
    assert.deepEqual(syncedAt, [5000, 6000]);
    await end();
  });

  it('syncs at least once in the greatest period', async () => {
    const { clock, syncedAt, end } = start();
    await clock.advance(62_000);
    assert.deepEqual(syncedAt, [30_000, 61_000]);
    await end();
  });

  it('tries again after failures, ever later, and tells since when a change waits', async () => {
    let failures = 3;
    const { clock, deps, loop, syncedAt, end } = start(async () => {
      if (failures-- > 0) throw new Error('the lock is held');
    });
    loop.trigger();
    const changedAtMs = clock.now();
    await clock.advance(1000);
    assert.deepEqual([loop.dirtySinceMs, loop.lastSuccessMs], [changedAtMs, undefined]);
    await clock.advance(5000);
    assert.deepEqual(syncedAt, [0, 250, 750, 1750]);
    assert.deepEqual([loop.dirtySinceMs, loop.lastSuccessMs], [undefined, changedAtMs + 1750]);
    assert.equal(deps.lines.filter((line) => line.level === 'error').length, 3);
    await end();
  });

  it('never runs two at once: a change during a sync comes after it', async () => {
    let finish = (): void => {};
    const { clock, loop, syncedAt, end } = start(() => new Promise((resolve) => (finish = resolve)));
    loop.trigger();
    await clock.advance(500);
    loop.trigger();
    await clock.advance(4500);
    assert.deepEqual(syncedAt, [0]);
    finish();
    await clock.advance(0);
    assert.deepEqual(syncedAt, [0, 5000]);
    assert.notEqual(loop.dirtySinceMs, undefined);
    finish();
    await clock.advance(0);
    assert.equal(loop.dirtySinceMs, undefined);
    await end();
  });
});
