import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createFakeClock } from '../../component/fake-clock.ts';
import { createMemoryStorage } from './memory-storage.ts';
import { storageContract } from './storage.contract.ts';

const clock = createFakeClock();
const storage = createMemoryStorage({ clock });
storageContract('memory', {
  storage: () => storage,
  createStorage: () => createMemoryStorage({ clock }),
  passLease: () => clock.advance(1500),
});

describe('memory storage', () => {
  it('expires keys only when they are due, those due together in one revision', async () => {
    const store = createMemoryStorage({ clock });
    for (const [key, leaseSeconds] of [
      ['a', 1],
      ['b', 1],
      ['c', 60],
    ] as const) {
      await store.put(key, Buffer.from('x'), { expectedRevision: 0, leaseSeconds });
    }
    const before = await store.currentRevision();
    await clock.advance(900);
    assert.equal(await store.currentRevision(), before);
    await clock.advance(1000);
    assert.equal(await store.currentRevision(), before + 1);
    assert.deepEqual(
      (await store.range({ prefix: 'c' })).items.map(({ key }) => key),
      ['c'],
    );
    await clock.advance(60_000);
    assert.equal(await store.get('c'), undefined);
  });

  it('ends watches that wait when it is closed', async () => {
    const store = createMemoryStorage({ clock });
    const watching = (async () => {
      for await (const _ of store.watch({ prefix: '/', afterRevision: 1 }, new AbortController().signal)) assert.fail();
    })();
    await store.close();
    await assert.rejects(watching, /closed/);
  });
});
