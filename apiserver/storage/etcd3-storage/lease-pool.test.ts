import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createFakeClock } from '../../../component/fake-clock.ts';
import { LeasePool } from './lease-pool.ts';

describe('lease pool', () => {
  it('shares a lease among the keys of a minute, which live as long as they ask for', async () => {
    const clock = createFakeClock();
    const granted: number[] = [];
    const pool = new LeasePool(clock, async (ttlSeconds) => String(granted.push(ttlSeconds)));
    assert.deepEqual(await Promise.all([pool.lease(3600), pool.lease(3600)]), ['1', '1']);
    await clock.advance(59_000);
    assert.equal(await pool.lease(3600), '1');
    await clock.advance(1_000);
    assert.equal(await pool.lease(3600), '2');
    assert.equal(await pool.lease(7200), '3');
    pool.forget(3600);
    assert.equal(await pool.lease(3600), '4');
    assert.deepEqual(granted, [3660, 3660, 7260, 3660]);
  });

  it('does not share where that would be long for the key', async () => {
    const granted: number[] = [];
    const pool = new LeasePool(createFakeClock(), async (ttlSeconds) => String(granted.push(ttlSeconds)));
    await pool.lease(15);
    await pool.lease(15);
    assert.deepEqual(granted, [15, 15]);
  });

  it('takes a new lease after a thousand keys, or when one could not be had', async () => {
    let grants = 0;
    const pool = new LeasePool(createFakeClock(), async () => {
      if (++grants === 2) throw new Error('no');
      return String(grants);
    });
    for (let i = 0; i < 1000; i++) assert.equal(await pool.lease(3600), '1');
    await assert.rejects(pool.lease(3600), /no/);
    assert.equal(await pool.lease(3600), '3');
  });
});
