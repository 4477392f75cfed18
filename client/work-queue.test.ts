import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { createFakeClock, type FakeClock } from '../component/fake-clock.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { createWorkQueue, type WorkQueue } from './work-queue.ts';

describe('work queue', () => {
  let clock: FakeClock;
  let deps: ReturnType<typeof createTestDeps<FakeClock>>;
  let queue: WorkQueue;

  beforeEach(() => {
    clock = createFakeClock();
    deps = createTestDeps({ clock });
    queue = createWorkQueue({ name: 'test' }, deps);
  });

  it('gives keys out in the order they came, each once', async () => {
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    assert.equal(queue.length, 3);
    assert.deepEqual([await queue.next(), await queue.next(), await queue.next()], ['a', 'b', 'c']);
    assert.equal(queue.length, 0);
  });

  it('does not give out a key that is being worked on, but again after it is done', async () => {
    queue.add('a');
    assert.equal(await queue.next(), 'a');
    queue.add('a');
    queue.add('a');
    queue.add('b');
    assert.equal(await queue.next(), 'b');
    assert.equal(queue.length, 0);
    queue.done('a');
    assert.equal(queue.length, 1);
    assert.equal(await queue.next(), 'a');
    queue.done('a');
    queue.done('a');
    assert.equal(queue.length, 0);
  });

  it('wakes those who wait, first come, first served', async () => {
    const first = queue.next();
    const second = queue.next();
    queue.add('a');
    queue.add('b');
    assert.deepEqual([await first, await second], ['a', 'b']);
    assert.equal(queue.length, 0);
  });

  it('loses no key to a reader whose signal aborts', async () => {
    const stop = new AbortController();
    const waiting = queue.next(stop.signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(waiting, /stopped/);
    queue.add('a');
    await assert.rejects(queue.next(stop.signal), /stopped/);
    assert.equal(await queue.next(), 'a');
  });

  it('adds after a while, the earliest of several waits', async () => {
    queue.addAfter('a', 1000);
    queue.addAfter('a', 5000);
    queue.addAfter('b', 2000);
    queue.addAfter('b', 500);
    queue.addAfter('c', 0);
    assert.equal(queue.length, 1);
    await clock.advance(500);
    assert.equal(queue.length, 2);
    await clock.advance(500);
    assert.equal(queue.length, 3);
    await clock.advance(10_000);
    assert.equal(queue.length, 3);
    assert.equal(clock.pending, 0);
  });

  it('waits twice as long at each retry of a key, until it is forgotten', async () => {
    const waits: number[] = [];
    for (let i = 0; i < 20; i++) {
      queue.addRateLimited('a');
      const before = clock.monotonicMs();
      await clock.advanceToNext();
      waits.push(clock.monotonicMs() - before);
      queue.done((await queue.next())!);
    }
    assert.deepEqual(waits.slice(0, 5), [5, 10, 20, 40, 80]);
    assert.equal(waits.at(-1), 1_000_000);
    assert.equal(queue.retries('a'), 20);
    queue.forget('a');
    assert.equal(queue.retries('a'), 0);
    queue.addRateLimited('a');
    await clock.advance(5);
    assert.equal(queue.length, 1);
  });

  it('limits the retries of all keys together', async () => {
    for (let i = 0; i < 120; i++) queue.addRateLimited(`k${i}`);
    await clock.advance(10);
    assert.equal(queue.length, 100);
    await clock.advance(1000);
    assert.equal(queue.length, 110);
    await clock.advance(1000);
    assert.equal(queue.length, 120);
  });

  it('gives out what waits after a shut-down, then nothing; takes nothing more', async () => {
    queue.add('a');
    queue.addAfter('later', 10);
    queue.shutDown();
    queue.add('b');
    queue.addAfter('c', 0);
    queue.addRateLimited('d');
    assert.equal(await queue.next(), 'a');
    assert.equal(await queue.next(), undefined);
    await clock.advance(1000);
    assert.equal(queue.length, 0);
    assert.equal(queue.isShutDown, true);
  });

  it('ends the waits of readers at a shut-down', async () => {
    const waiting = [queue.next(), queue.next()];
    queue.shutDown();
    assert.deepEqual(await Promise.all(waiting), [undefined, undefined]);
  });

  it('shows its metrics by its name', async () => {
    createWorkQueue({ name: 'other' }, deps);
    queue.add('a');
    queue.add('b');
    await clock.advance(2000);
    const key = (await queue.next())!;
    await clock.advance(1000);
    queue.done(key);
    queue.addRateLimited(key);
    const text = await deps.metrics.metrics();
    for (const line of [
      'workqueue_depth{name="test"} 1',
      'workqueue_depth{name="other"} 0',
      'workqueue_adds_total{name="test"} 2',
      'workqueue_queue_duration_seconds_sum{name="test"} 2',
      'workqueue_work_duration_seconds_sum{name="test"} 1',
      'workqueue_retries_total{name="test"} 1',
    ]) {
      assert.ok(text.includes(line), line);
    }
  });
});
