import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFakeClock } from '../../component/fake-clock.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import type { ReadonlyPod } from '../pods/pod.ts';
import { createEvictionManager } from './eviction-manager.ts';
import { rankPods } from './rank-pods.ts';
import type { Observations } from './thresholds.ts';

const podOf = (name: string, more: { priority?: number; request?: string; isStatic?: boolean } = {}): ReadonlyPod => ({
  metadata: { name, ...(more.isStatic ? { annotations: { 'kubernetes.io/config.source': 'file' } } : {}) },
  spec: {
    priority: more.priority,
    containers: [{ name: 'c', resources: { requests: more.request ? { memory: more.request } : {} } }],
  },
});

describe('ranking for eviction', () => {
  it('takes those beyond their requests first, then by priority, then by excess', () => {
    const candidates = [
      { pod: podOf('within', { request: '1Gi' }), usage: 2 ** 29 },
      { pod: podOf('important', { priority: 1000 }), usage: 2 ** 30 },
      { pod: podOf('little'), usage: 2 ** 20 },
      { pod: podOf('much'), usage: 2 ** 28 },
      { pod: podOf('critical', { priority: 2_000_000_000 }), usage: 2 ** 31 },
      { pod: podOf('static', { isStatic: true }), usage: 2 ** 31 },
    ];
    assert.deepEqual(
      rankPods(candidates, 'memory').map(({ pod }) => pod.metadata.name),
      ['much', 'little', 'important', 'within'],
    );
  });
});

describe('eviction', () => {
  const setUp = (available: { memory: number; disk: number }, reclaimed = 0) => {
    const clock = createFakeClock();
    const deps = createTestDeps({ clock });
    const evicted: string[] = [];
    const told: string[] = [];
    let changes = 0;
    const stop = new AbortController();
    const observe = (): Promise<Observations> =>
      Promise.resolve({
        'memory.available': { available: available.memory, capacity: 1000 * 2 ** 20 },
        'nodefs.available': { available: available.disk, capacity: 1000 },
      });
    const manager = createEvictionManager(
      {
        thresholds: { 'memory.available': '100Mi', 'nodefs.available': '10%' },
        observe,
        candidates: () => Promise.resolve([{ pod: podOf('victim'), usage: 5 }]),
        reclaimDisk: () => {
          available.disk += reclaimed;
          return Promise.resolve(reclaimed > 0);
        },
        evict: ({ pod }, { reason, message }) => {
          evicted.push(`${pod.metadata.name} ${reason} ${message}`);
          available.memory = 500 * 2 ** 20;
          return Promise.resolve();
        },
        events: { record: (_pod, { reason }) => void told.push(reason) },
        changed: () => void changes++,
        transitionPeriodMs: 60_000,
      },
      deps,
    );
    void manager.run(stop.signal);
    return { clock, manager, evicted, told, changes: () => changes, stop: () => stop.abort(new Error('over')) };
  };

  it('leaves a healthy node alone', async () => {
    const { clock, manager, evicted, changes, stop } = setUp({ memory: 500 * 2 ** 20, disk: 500 });
    await clock.advance(30_000);
    assert.deepEqual([evicted.length, manager.pressure().size, changes()], [0, 0, 0]);
    stop();
  });

  it('evicts one pod, and keeps the pressure up for a while', async () => {
    const { clock, manager, evicted, told, changes, stop } = setUp({ memory: 50 * 2 ** 20, disk: 500 });
    await clock.advance(0);
    assert.deepEqual(evicted, [
      'victim Evicted The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. ',
    ]);
    assert.deepEqual(told, ['Evicted']);
    await clock.advance(50_000);
    assert.deepEqual([...manager.pressure()], ['memory.available']);
    await clock.advance(20_000);
    assert.deepEqual([evicted.length, manager.pressure().size, changes()], [1, 0, 2]);
    stop();
  });

  it('frees disk before it evicts', async () => {
    const { clock, manager, evicted, stop } = setUp({ memory: 500 * 2 ** 20, disk: 50 }, 200);
    await clock.advance(0);
    assert.deepEqual(evicted, []);
    assert.deepEqual([...manager.pressure()], ['nodefs.available']);
    stop();
  });
});
