import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Limiter } from './limiter.ts';

describe('limiter', () => {
  it('lets as many in as it may, then the next in order', async () => {
    const limiter = new Limiter(2);
    const order: number[] = [];
    const enter = async (n: number, signal?: AbortSignal): Promise<void> => {
      await limiter.acquire(signal);
      order.push(n);
    };
    const controller = new AbortController();
    const all = [enter(1), enter(2), enter(3), enter(5)];
    const gone = enter(4, controller.signal);
    controller.abort(new Error('enough'));
    await assert.rejects(gone, /enough/);
    assert.deepEqual(order, [1, 2]);
    limiter.release();
    limiter.release();
    await Promise.all(all);
    assert.deepEqual(order, [1, 2, 3, 5]);
    limiter.release();
    limiter.release();
    await Promise.all([limiter.acquire(), limiter.acquire()]);
  });
});
