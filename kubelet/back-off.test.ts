import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFakeClock } from '../component/fake-clock.ts';
import { createItemBackOff } from './back-off.ts';

describe('back-off of items', () => {
  it('doubles from failure to failure, up to the longest, each item by itself', async () => {
    const clock = createFakeClock();
    const backOff = createItemBackOff({ initialMs: 10, maxMs: 40 }, { clock });
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      const failedAt = clock.now();
      const until = backOff.untilMs('a', failedAt);
      waits.push(until === undefined ? 0 : until - failedAt);
      if (until !== undefined) await clock.advance(until - failedAt);
      assert.equal(backOff.untilMs('a', failedAt), undefined);
      backOff.next('a', failedAt);
    }
    assert.deepEqual(waits, [0, 10, 20, 40, 40]);
    assert.equal(backOff.untilMs('b', clock.now()), undefined);
  });

  it('forgets after twice the longest wait without failure, and when told to', async () => {
    const clock = createFakeClock();
    const backOff = createItemBackOff({ initialMs: 10, maxMs: 40 }, { clock });
    backOff.next('a', clock.now());
    backOff.next('a', clock.now());
    assert.equal(backOff.get('a'), 20);
    await clock.advance(81);
    assert.equal(backOff.untilMs('a', clock.now()), undefined);
    backOff.next('pod/a', clock.now());
    backOff.next('pod/b', clock.now());
    assert.equal(backOff.untilMs('pod/a'), clock.now() + 10);
    backOff.resetAll('pod/');
    assert.equal(backOff.get('pod/a'), 0);
  });
});
