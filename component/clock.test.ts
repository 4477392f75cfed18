import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { systemClock } from './clock.ts';

describe('the clock of the system', () => {
  for (const ms of [2 ** 31, 365 * 86_400_000, Infinity])
    it(`waits ${ms} ms, longer than a timer of Node's can`, async () => {
      const stop = new AbortController();
      let hasFired = false;
      const timer = systemClock.after(ms, () => {
        hasFired = true;
      });
      const long = systemClock.sleep(ms, stop.signal).then(
        () => 'long',
        () => 'aborted',
      );
      // A timer that overflows fires after 1 ms.
      assert.equal(await Promise.race([long, systemClock.sleep(10).then(() => 'short')]), 'short');
      assert.equal(hasFired, false);
      timer.cancel();
      stop.abort();
      assert.equal(await long, 'aborted');
    });
});
