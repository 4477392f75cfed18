import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { createFakeClock } from '../../component/fake-clock.ts';
import { silentLogger } from '../../component/logger.ts';
import { systemRandom } from '../../component/random.ts';
import { compactRevisionKey, runCompactor } from './compactor.ts';
import { createMemoryStorage } from './memory-storage.ts';
import { CompactedError, type Storage } from './storage.ts';

const minuteMs = 60_000;

describe('compactor', () => {
  it('compacts, once for all servers, to what was newest an interval ago', async () => {
    const clock = createFakeClock();
    const deps = { clock, random: systemRandom, log: silentLogger, metrics: new Registry() };
    const store = createMemoryStorage(deps);
    const compacted: number[] = [];
    const storage: Storage = Object.assign(Object.create(store) as Storage, {
      put: store.put.bind(store),
      compact: async (revision: number) => {
        compacted.push(revision);
        await store.compact(revision);
      },
    });
    const controller = new AbortController();
    const running = [1, 2, 3].map(() => runCompactor({ storage, deps }, controller.signal));
    const write = async (): Promise<number> => {
      const current = await store.get('/registry/a');
      const options = { expectedRevision: current?.modRevision ?? 0 };
      return (await store.put('/registry/a', Buffer.from('x'), options)).revision;
    };

    const first = await write();
    await clock.waitForPending(3);
    await clock.advance(5 * minuteMs);
    assert.deepEqual(compacted, [], 'what was newest before the first interval is not known');
    const seen = await store.currentRevision();
    const second = await write();
    await clock.advance(5 * minuteMs);
    assert.deepEqual(compacted, [seen]);
    await assert.rejects(store.range({ prefix: '/registry/', revision: first }), CompactedError);
    assert.equal((await store.range({ prefix: '/registry/', revision: second })).items.length, 1);
    assert.equal((await store.get(compactRevisionKey))?.value.toString(), String(seen));

    await clock.advance(15 * minuteMs);
    assert.equal(compacted.length, 4);
    controller.abort();
    await Promise.all(running);
  });

  it('goes on after a failure', async () => {
    const clock = createFakeClock();
    const deps = { clock, random: systemRandom, log: silentLogger, metrics: new Registry() };
    const store = createMemoryStorage(deps);
    let failures = 2;
    const compacted: number[] = [];
    const storage = {
      put: (...given: Parameters<Storage['put']>) => {
        if (failures-- > 0) return Promise.reject(new Error('no'));
        return store.put(...given);
      },
      compact: async (revision: number) => void compacted.push(revision),
    } as Storage;
    const controller = new AbortController();
    const running = runCompactor({ storage, deps }, controller.signal);
    await clock.waitForPending(1);
    await clock.advance(20 * minuteMs);
    assert.equal(compacted.length, 1);
    controller.abort();
    await running;
  });
});
