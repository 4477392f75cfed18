import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFakeClock } from '../../component/fake-clock.ts';
import { SeatDemand } from './seat-demand.ts';

describe('seat demand', () => {
  it('is averaged over time, with its deviation and its highest', async () => {
    const clock = createFakeClock();
    const demand = new SeatDemand(clock);
    demand.set(4, clock.monotonicMs());
    await clock.advance(5000);
    demand.set(0, clock.monotonicMs());
    await clock.advance(5000);
    const { average, standardDeviation, highWatermark, smoothed } = demand.take();
    assert.deepEqual([average, standardDeviation, highWatermark, smoothed], [2, 2, 4, 4]);
  });

  it('is forgotten slowly: half of it in five minutes', async () => {
    const clock = createFakeClock();
    const demand = new SeatDemand(clock);
    demand.set(100, clock.monotonicMs());
    await clock.advance(10_000);
    assert.equal(demand.take().smoothed, 100);
    demand.set(0, clock.monotonicMs());
    let smoothed = 0;
    for (let i = 0; i < 30; i++) {
      await clock.advance(10_000);
      ({ smoothed } = demand.take());
    }
    assert.ok(smoothed > 48 && smoothed < 52, String(smoothed));
  });
});
