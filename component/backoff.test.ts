import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createBackoff } from './backoff.ts';
import { createFakeClock } from './fake-clock.ts';
import { createSeededRandom } from './seeded-random.ts';

const random = createSeededRandom(1);

describe('backoff', () => {
  it('grows by its factor up to its limit, and begins anew after a reset', () => {
    const backoff = createBackoff({ initialMs: 100, maxMs: 1000, factor: 3 }, { clock: createFakeClock(), random });
    assert.deepEqual(
      [1, 2, 3, 4].map(() => backoff.next()),
      [100, 300, 900, 1000],
    );
    backoff.reset();
    assert.equal(backoff.next(), 100);
  });

  it('lengthens waits by up to its jitter', () => {
    const backoff = createBackoff({ initialMs: 100, maxMs: 100, jitter: 0.5 }, { clock: createFakeClock(), random });
    const waits = Array.from({ length: 50 }, () => backoff.next());
    assert.ok(Math.min(...waits) >= 100 && Math.max(...waits) <= 150);
    assert.ok(new Set(waits).size > 10);
  });

  it('begins anew after a long time without a wait', async () => {
    const clock = createFakeClock();
    const backoff = createBackoff({ initialMs: 100, maxMs: 10_000, resetAfterMs: 5000 }, { clock, random });
    backoff.next();
    backoff.next();
    await clock.advance(4999);
    assert.equal(backoff.next(), 400);
    await clock.advance(5000);
    assert.equal(backoff.next(), 100);
  });

  it('sleeps, and wakes with the signal', async () => {
    const clock = createFakeClock();
    const backoff = createBackoff({ initialMs: 100, maxMs: 1000 }, { clock, random });
    const asleep = backoff.wait();
    await clock.advance(100);
    await asleep;
    const stop = new AbortController();
    const second = backoff.wait(stop.signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(second, /stopped/);
  });
});
