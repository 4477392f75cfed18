import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createFakeClock } from '../../../../component/fake-clock.ts';
import { KeepAlive } from './keep-alive.ts';

function watched(): { clock: ReturnType<typeof createFakeClock>; keepAlive: KeepAlive; seen: string[]; state: State } {
  const clock = createFakeClock();
  const seen: string[] = [];
  const state: State = { receivedMs: clock.monotonicMs(), isInUse: true };
  const keepAlive = new KeepAlive(clock, {
    receivedMs: () => state.receivedMs,
    isInUse: () => state.isInUse,
    ask: () => seen.push('ask'),
    dead: () => seen.push('dead'),
  });
  keepAlive.start();
  return { clock, keepAlive, seen, state };
}

interface State {
  receivedMs: number;
  isInUse: boolean;
}

describe('keep-alive', () => {
  it('asks a silent peer for a sign of life, and gives it up where there is none', async () => {
    const { clock, seen } = watched();
    await clock.advance(9_999);
    assert.deepEqual(seen, []);
    await clock.advance(1);
    assert.deepEqual(seen, ['ask']);
    await clock.advance(4_999);
    assert.deepEqual(seen, ['ask']);
    await clock.advance(1);
    assert.deepEqual(seen, ['ask', 'dead']);
  });

  it('is content with anything that comes', async () => {
    const { clock, seen, state } = watched();
    await clock.advance(10_000);
    await clock.advance(1_000);
    state.receivedMs = clock.monotonicMs();
    await clock.advance(9_999);
    assert.deepEqual(seen, ['ask']);
    await clock.advance(1);
    assert.deepEqual(seen, ['ask', 'ask']);
  });

  it('asks nobody while nobody waits, and again when somebody does', async () => {
    const { clock, keepAlive, seen, state } = watched();
    state.isInUse = false;
    await clock.advance(60_000);
    assert.deepEqual(seen, []);
    state.isInUse = true;
    keepAlive.start();
    keepAlive.start();
    await clock.advance(10_000);
    assert.deepEqual(seen, ['ask']);
    keepAlive.stop();
    await clock.advance(60_000);
    assert.deepEqual(seen, ['ask']);
  });
});
