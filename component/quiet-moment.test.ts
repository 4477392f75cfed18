import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { systemClock } from './clock.ts';
import { quietMoment } from './quiet-moment.ts';

describe('quietMoment', () => {
  it('comes once the event loop has nothing more to do', async () => {
    const { signal } = new AbortController();
    let isBusy = true;
    let hasCome = false;
    const coming = quietMoment(systemClock, signal).then((came) => (hasCome = came));
    const endMs = systemClock.monotonicMs() + 1200;
    const work = (): void => {
      for (const untilMs = systemClock.monotonicMs() + 20; systemClock.monotonicMs() < untilMs;);
      isBusy = systemClock.monotonicMs() < endMs;
      if (isBusy) setImmediate(work);
    };
    work();
    while (isBusy) {
      assert.equal(hasCome, false);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    assert.equal(await coming, true);
  });

  it('does not come to who stops', async () => {
    const stop = new AbortController();
    const coming = quietMoment(systemClock, stop.signal);
    stop.abort();
    assert.equal(await coming, false);
    assert.equal(await quietMoment(systemClock, stop.signal), false);
  });
});
