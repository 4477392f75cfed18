import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFakeClock } from '../component/fake-clock.ts';
import { createRateLimiter } from './rate-limiter.ts';

describe('rate limiter', () => {
  it('lets a burst through, then the rate', async () => {
    const clock = createFakeClock();
    const limiter = createRateLimiter({ qps: 10, burst: 2 }, { clock });
    assert.deepEqual(
      [1, 2, 3, 4].map(() => limiter.reserveMs()),
      [0, 0, 100, 200],
    );
    await clock.advance(300);
    assert.equal(limiter.tryTake(), true);
    assert.equal(limiter.tryTake(), false);
  });

  it('holds no more than the burst', async () => {
    const clock = createFakeClock();
    const limiter = createRateLimiter({ qps: 10, burst: 2 }, { clock });
    await clock.advance(60_000);
    assert.deepEqual(
      [1, 2, 3].map(() => limiter.tryTake()),
      [true, true, false],
    );
  });

  it('serves in the order of the calls, and gives back what was not used', async () => {
    const clock = createFakeClock();
    const limiter = createRateLimiter({ qps: 1, burst: 1 }, { clock });
    const order: number[] = [];
    await limiter.take();
    const stop = new AbortController();
    const first = limiter.take().then(() => order.push(1));
    const second = limiter.take(stop.signal);
    stop.abort(new Error('gave up'));
    await assert.rejects(second, /gave up/);
    const third = limiter.take().then(() => order.push(3));
    await clock.advance(1000);
    assert.deepEqual(order, [1]);
    await clock.advance(1000);
    assert.deepEqual(order, [1, 3]);
    await Promise.all([first, third]);
  });
});
