import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import type { KubeObject } from '../../api/meta/object.ts';
import { defineResource, type ResourceRow } from '../../api/resources/define-resource.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { silentLogger } from '../../component/logger.ts';
import { systemRandom } from '../../component/random.ts';
import type { CacheReader } from './cache-reader.ts';
import { storageKey } from './keys.ts';
import { createMemoryStorage } from './memory-storage.ts';
import type { Storage } from './storage.ts';
import { createWatchCache, type WatchCache } from './watch-cache.ts';
import { createCacheReader } from './watch-cache-reader.ts';

interface Widget extends KubeObject {
  size: number;
}

const widgets = defineResource<Widget>({
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  scope: 'Namespaced',
  typeName: 'Widget',
  storagePrefix: 'example.com/widgets',
  columns: [],
});
const doubled = defineResource<Widget>({
  ...widgets,
  version: 'v2',
  storagePrefix: undefined,
  storedAs: {
    row: () => widgets as unknown as ResourceRow,
    toStored: (widget) => ({ ...widget, size: widget.size / 2 }) as KubeObject,
    fromStored: (stored) => ({ ...(stored as Widget), size: (stored as Widget).size * 2 }),
  },
});
const unknown = { ...widgets, plural: 'gadgets' };
const rows = [widgets, doubled] as unknown as ResourceRow[];

describe('cache reader', () => {
  let storage: Storage;
  let cache: WatchCache;
  let reader: CacheReader;
  const controller = { current: new AbortController() };
  let running: Promise<void> | undefined;

  const put = async (name: string, size: number): Promise<number> => {
    const key = storageKey(widgets, { namespace: 'a', name });
    const expectedRevision = (await storage.get(key))?.modRevision ?? 0;
    const value = Buffer.from(JSON.stringify({ metadata: { name, namespace: 'a' }, size }));
    return (await storage.put(key, value, { expectedRevision })).revision;
  };
  const start = async (): Promise<void> => {
    running = cache.run(controller.current.signal);
    await cache.waitForSync();
  };
  const caughtUp = async (): Promise<void> =>
    cache.waitForRevision(await storage.currentRevision(), { timeoutMs: 1000 });

  beforeEach(() => {
    const deps = { clock: createFakeClock(), random: systemRandom, log: silentLogger, metrics: new Registry() };
    storage = createMemoryStorage(deps);
    const digest = () => ({ name: '', namespace: '', uid: '', labels: undefined, fields: undefined });
    cache = createWatchCache({ storage, deps, digest });
    reader = createCacheReader({
      cache,
      storage,
      rowOf: ({ version, plural }) => rows.find((row) => row.version === version && row.plural === plural),
    });
    controller.current = new AbortController();
  });

  afterEach(async () => {
    controller.current.abort();
    await running;
  });

  it('reads objects as the row asked for has them', async () => {
    const revision = await put('one', 1);
    assert.equal(reader.get(widgets, { namespace: 'a', name: 'one' }), undefined);
    await start();
    assert.deepEqual(reader.get(widgets, { namespace: 'a', name: 'one' }), {
      metadata: { name: 'one', namespace: 'a', resourceVersion: String(revision) },
      size: 1,
    });
    assert.equal(reader.get(doubled, { namespace: 'a', name: 'one' })?.size, 2);
    assert.equal(reader.get(widgets, { namespace: 'a', name: 'one' })?.size, 1);
    assert.deepEqual(
      reader.list(widgets, 'a').map(({ size }) => size),
      [1],
    );
    assert.deepEqual(reader.list(widgets, 'b'), []);
    assert.deepEqual(reader.list(unknown), []);
    assert.equal(reader.get(unknown, { namespace: 'a', name: 'one' }), undefined);
  });

  it('reads what became of an object that it has read before', async () => {
    await start();
    const names = ['one', 'two', 'three', 'four', 'five', 'six'];
    const sizes = (): unknown[] => names.map((name) => reader.get(widgets, { namespace: 'a', name })?.size);
    for (const [i, name] of names.entries()) await put(name, i);
    await caughtUp();
    assert.deepEqual([sizes(), sizes()], [[0, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]]); // prettier-ignore
    const [, , , , , last] = names;
    assert.equal(reader.get(widgets, { namespace: 'b', name: last! }), undefined);
    await put(last!, 7);
    await caughtUp();
    assert.equal(reader.get(widgets, { namespace: 'a', name: last! })?.size, 7);
    const expectedRevision = await put(last!, 8);
    await storage.delete(storageKey(widgets, { namespace: 'a', name: last! }), { expectedRevision });
    await caughtUp();
    assert.equal(reader.get(widgets, { namespace: 'a', name: last! }), undefined);
  });

  it('reads the newest state from the store', async () => {
    await start();
    const revision = await put('one', 1);
    const newest = await reader.getNewest(doubled, { namespace: 'a', name: 'one' });
    assert.deepEqual([newest?.size, newest?.metadata.resourceVersion], [2, String(revision)]);
    assert.equal(await reader.getNewest(widgets, { namespace: 'a', name: 'none' }), undefined);
    assert.equal(await reader.getNewest(unknown, { namespace: 'a', name: 'one' }), undefined);
  });

  it('tells of changes, of what was loaded too, until it is told to stop', async () => {
    await put('one', 1);
    const early: unknown[] = [];
    reader.onChange(widgets, ({ current, previous }) => early.push([previous?.size, current?.size]));
    reader.onChange(unknown, () => assert.fail());
    reader.onChange(widgets, () => assert.fail())();
    await start();
    const late: unknown[] = [];
    const stop = reader.onChange(doubled, ({ current, previous }) => late.push([previous?.size, current?.size]));
    const revision = await put('one', 2);
    await storage.delete(storageKey(widgets, { namespace: 'a', name: 'one' }), { expectedRevision: revision });
    await caughtUp();
    stop();
    await put('two', 5);
    await caughtUp();
    assert.deepEqual(early, [
      [undefined, 1],
      [1, 2],
      [2, undefined],
      [undefined, 5],
    ]);
    assert.deepEqual(late, [
      [2, 4],
      [4, undefined],
    ]);
  });
});
