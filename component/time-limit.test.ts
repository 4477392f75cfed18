import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFakeClock } from './fake-clock.ts';
import { withTimeLimit } from './time-limit.ts';
import { untilAborted } from './until-aborted.ts';

describe('time limit', () => {
  const late = new Error('late');
  const reason = (): Error => late;
  const never = (signal: AbortSignal): Promise<never> => untilAborted(new Promise<never>(() => {}), signal);

  it('lets work that is done in time be, and its timer with it', async () => {
    const clock = createFakeClock();
    assert.equal(await withTimeLimit({ clock, ms: 1000, reason }, () => Promise.resolve('done')), 'done');
    assert.equal(clock.pending, 0);
  });

  it('aborts the signal of the work when the time is over, not before', async () => {
    const clock = createFakeClock();
    let ended: unknown;
    const work = withTimeLimit({ clock, ms: 1000, reason }, never).catch((error: unknown) => (ended = error));
    await clock.advance(999);
    assert.equal(ended, undefined);
    await clock.advance(1);
    await work;
    assert.equal(ended, late);
  });

  it('aborts it with the signal that it was given', async () => {
    const clock = createFakeClock();
    const stop = new AbortController();
    const work = withTimeLimit({ clock, ms: 1000, reason, signal: stop.signal }, never);
    stop.abort(new Error('stopped'));
    await assert.rejects(work, { message: 'stopped' });
    assert.equal(clock.pending, 0);
  });

  it('passes on what the work fails of', async () => {
    const clock = createFakeClock();
    const work = withTimeLimit({ clock, ms: 1000, reason }, () => Promise.reject(new Error('broken')));
    await assert.rejects(work, { message: 'broken' });
    assert.equal(clock.pending, 0);
  });
});
