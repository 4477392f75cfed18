import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFakeClock } from './fake-clock.ts';

describe('fake clock', () => {
  it('stands still until it is turned', async () => {
    const clock = createFakeClock({ startMs: 1000 });
    assert.deepEqual([clock.now(), clock.monotonicMs()], [1000, 0]);
    await clock.advance(250);
    assert.deepEqual([clock.now(), clock.monotonicMs()], [1250, 250]);
  });

  it('calls what falls due in the order of its time, at its time', async () => {
    const clock = createFakeClock();
    const calls: string[] = [];
    const at = (name: string) => () => calls.push(`${name}@${clock.monotonicMs()}`);
    clock.after(30, at('c'));
    clock.after(10, at('a'));
    clock.after(10, at('b'));
    clock.after(31, at('late'));
    clock.after(20, at('cancelled')).cancel();
    await clock.advance(30);
    assert.deepEqual(calls, ['a@10', 'b@10', 'c@30']);
    assert.equal(clock.pending, 1);
  });

  it('lets code run on between, so that its next timers fall due within the same turn', async () => {
    const clock = createFakeClock();
    let ticks = 0;
    const loop = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(10);
        ticks++;
      }
    };
    void loop();
    await clock.advance(100);
    assert.equal(ticks, 10);
  });

  it('ends a sleep with the reason of the signal', async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const asleep = clock.sleep(1000, stop.signal);
    stop.abort(new Error('woken'));
    await assert.rejects(asleep, /woken/);
    assert.equal(clock.pending, 0);
    await assert.rejects(clock.sleep(1, stop.signal), /woken/);
  });

  it('goes on to the next thing that is due', async () => {
    const clock = createFakeClock();
    assert.equal(await clock.advanceToNext(), false);
    clock.after(77, () => {});
    assert.equal(await clock.advanceToNext(), true);
    assert.equal(clock.monotonicMs(), 77);
  });

  it('says when others wait for it', async () => {
    const clock = createFakeClock();
    const waiting = clock.waitForPending(2);
    clock.after(1, () => {});
    clock.after(1, () => {});
    await waiting;
  });

  it('lets the wall time jump without touching what is due', async () => {
    const clock = createFakeClock({ startMs: 5_000_000 });
    let called = false;
    clock.after(10, () => (called = true));
    clock.setWallTime(1000);
    assert.equal(clock.now(), 1000);
    assert.equal(called, false);
    await clock.advance(10);
    assert.deepEqual([clock.now(), clock.monotonicMs(), called], [1010, 10, true]);
  });
});
