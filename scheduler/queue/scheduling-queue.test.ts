import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { testPod } from '../../test/support/scheduler-objects.ts';
import { Heap } from './heap.ts';
import { SchedulingQueue, type QueuedPod } from './scheduling-queue.ts';

const fit = new Set(['NodeResourcesFit']);
const affinity = new Set(['NodeAffinity']);

function setUp() {
  const clock = createFakeClock();
  const queue = new SchedulingQueue(clock);

  /** Takes what is there; waits for nothing. */
  const drain = async (): Promise<string[]> => {
    const taken: string[] = [];
    while (queue.sizes.active > 0) taken.push(nameOf(await queue.next()));
    return taken;
  };
  return { clock, queue, drain };
}

const nameOf = (queued: QueuedPod | undefined): string => queued?.pod.metadata.name ?? 'closed';
const withPriority = (name: string, priority: number): Pod => testPod(name, { spec: { priority } });
const gated = (name: string): Pod => testPod(name, { spec: { schedulingGates: [{ name: 'g' }] } });

describe('SchedulingQueue', () => {
  it('gives pods by priority, then by age', async () => {
    const { queue, drain, clock } = setUp();
    queue.set(withPriority('low', -1));
    queue.set(testPod('first'));
    queue.set(testPod('second'));
    await clock.advance(5);
    queue.set(testPod('third'));
    queue.set(withPriority('high', 1000));
    assert.deepEqual(await drain(), ['high', 'first', 'second', 'third', 'low']);
  });

  it('gives a pod to who waits for one', async () => {
    const { queue } = setUp();
    const next = queue.next();
    queue.set(testPod('p'));
    assert.equal(nameOf(await next), 'p');
  });

  it('keeps what was refused until an event that concerns the plugin', async () => {
    const { queue, clock, drain } = setUp();
    queue.set(testPod('p'));
    await drain();
    queue.failed('uid-p', fit);
    queue.moveAll(affinity);
    assert.deepEqual(queue.sizes, { active: 0, backoff: 0, unschedulable: 1, gated: 0 });
    queue.moveAll(fit);
    assert.deepEqual(queue.sizes, { active: 0, backoff: 1, unschedulable: 0, gated: 0 });
    await clock.advance(1000);
    assert.deepEqual(await drain(), ['p']);
  });

  it('doubles the wait from 1 s to 10 s', async () => {
    const { queue, clock, drain } = setUp();
    queue.set(testPod('p'));
    for (const seconds of [1, 2, 4, 8, 10, 10]) {
      assert.deepEqual(await drain(), ['p']);
      queue.failed('uid-p', fit);
      queue.moveAll();
      await clock.advance(seconds * 1000 - 1);
      assert.deepEqual(await drain(), [], `before ${seconds} s`);
      await clock.advance(1);
    }
    assert.deepEqual(await drain(), ['p']);
  });

  it('tries again what was in flight during an event', async () => {
    const { queue, clock, drain } = setUp();
    queue.set(testPod('p'));
    await drain();
    queue.moveAll(affinity); // it is not known yet who will refuse
    queue.failed('uid-p', fit);
    assert.equal(queue.sizes.backoff, 1);
    await clock.advance(1000);
    await drain();
    queue.failed('uid-p', fit);
    assert.equal(queue.sizes.unschedulable, 1, 'the event counts once');
  });

  it('tries again what changed in flight, as it is now', async () => {
    const { queue, clock } = setUp();
    queue.set(testPod('p', { labels: { a: '1' } }));
    await queue.next();
    queue.set(testPod('p', { labels: { a: '2' } }));
    queue.failed('uid-p', fit);
    await clock.advance(1000);
    assert.deepEqual((await queue.next())?.pod.metadata.labels, { a: '2' });
  });

  it('needs only time where no plugin refused', async () => {
    const { queue, clock, drain } = setUp();
    queue.set(testPod('p'));
    await drain();
    queue.failed('uid-p', new Set());
    await clock.advance(1000);
    assert.deepEqual(await drain(), ['p']);
  });

  it('tries what nothing woke after five minutes, with the newest state', async () => {
    const { queue, clock } = setUp();
    queue.set(testPod('p'));
    await queue.next();
    queue.failed('uid-p', fit);
    const newer = testPod('p', { metadata: { name: 'p', namespace: 'default', uid: 'uid-p', resourceVersion: '9' } });
    queue.set(newer);
    await clock.advance(5 * 60_000 - 1);
    assert.equal(queue.sizes.active, 0);
    await clock.advance(1);
    assert.equal((await queue.next())?.pod.metadata.resourceVersion, '9');
  });

  it('tries at once what was changed', async () => {
    const { queue, drain } = setUp();
    queue.set(testPod('p'));
    await drain();
    queue.failed('uid-p', fit);
    queue.set(testPod('p', { metadata: { name: 'p', namespace: 'default', uid: 'uid-p', generation: 2 } }));
    assert.deepEqual(await drain(), ['p']);
  });

  it('leaves gated pods alone until the gates are gone', async () => {
    const { queue, clock, drain } = setUp();
    queue.set(gated('p'));
    queue.moveAll();
    await clock.advance(10 * 60_000);
    assert.deepEqual(await drain(), []);
    assert.deepEqual(queue.sizes, { active: 0, backoff: 0, unschedulable: 0, gated: 1 });
    queue.set(testPod('p'));
    assert.deepEqual(await drain(), ['p']);
  });

  it('forgets deleted pods wherever they are', async () => {
    const { queue, clock, drain } = setUp();
    for (const name of ['active', 'backoff', 'unschedulable', 'flying'])
      queue.set(withPriority(name, name === 'active' ? -1 : 0));
    for (let i = 0; i < 3; i++) await queue.next();
    queue.failed('uid-backoff', new Set());
    queue.failed('uid-unschedulable', fit);
    for (const name of ['active', 'backoff', 'unschedulable', 'flying']) queue.delete(`uid-${name}`);
    queue.failed('uid-flying', fit);
    queue.moveAll();
    await clock.advance(10 * 60_000);
    assert.deepEqual(await drain(), []);
    assert.deepEqual(queue.sizes, { active: 0, backoff: 0, unschedulable: 0, gated: 0 });
    assert.equal(clock.pending, 0);
  });

  it('ends the wait when it is closed', async () => {
    const { queue, clock, drain } = setUp();
    queue.set(testPod('p'));
    await drain();
    queue.failed('uid-p', fit);
    const next = queue.next();
    queue.close();
    assert.equal(await next, undefined);
    assert.equal(await queue.next(), undefined);
    assert.equal(clock.pending, 0);
  });
});

describe('Heap', () => {
  it('gives back in order whatever comes in', () => {
    const heap = new Heap<number>((a, b) => a < b);
    const numbers = Array.from({ length: 200 }, (_, i) => (i * 7919) % 211);
    for (const number of numbers) heap.push(number);
    const out: number[] = [];
    while (heap.size > 0) out.push(heap.pop()!);
    assert.deepEqual(
      out,
      numbers.toSorted((a, b) => a - b),
    );
    assert.equal(heap.pop(), undefined);
  });
});
