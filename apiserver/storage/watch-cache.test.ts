import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { ApiError } from '../../api/meta/errors.ts';
import { createFakeClock, type FakeClock } from '../../component/fake-clock.ts';
import { silentLogger } from '../../component/logger.ts';
import { systemRandom } from '../../component/random.ts';
import type { CacheEvent, Digest } from './cache-entry.ts';
import { createMemoryStorage } from './memory-storage.ts';
import { CompactedError, FutureRevisionError, type Storage } from './storage.ts';
import { createWatchCache, type WatchCache, type WatchCacheOptions } from './watch-cache.ts';

const pods = '/registry/pods/';

function digest(_prefix: string, key: string, value: Buffer): Digest {
  return { name: key, namespace: '', uid: '', labels: { value: value.toString() }, fields: undefined };
}

/** A read is sent at the end of a turn of the event loop, which itself may begin at the end of one. */
async function readsBegun(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** As watchers see it: `+key=value@revision`, `-key@revision`. */
function shown(events: readonly CacheEvent[]): string[] {
  return events.map(({ type, entry, revision }) => {
    const name = entry.key.slice(pods.length);
    return type === 'put' ? `+${name}=${entry.value.toString()}@${revision}` : `-${name}@${revision}`;
  });
}

describe('watch cache', () => {
  let clock: FakeClock;
  let metrics: Registry;
  /** What the cache sees; a test may put another store in its place. */
  let storage: Storage;
  let store: Storage;
  let cache: WatchCache;
  let stop: () => Promise<void>;

  const create = async (options: Partial<WatchCacheOptions> = {}): Promise<void> => {
    const deps = { clock, random: systemRandom, log: silentLogger, metrics };
    const seen = {
      range: (...given: Parameters<Storage['range']>) => storage.range(...given),
      currentRevision: (...given: Parameters<Storage['currentRevision']>) => storage.currentRevision(...given),
      watch: (...given: Parameters<Storage['watch']>) => storage.watch(...given),
    } as Storage;
    cache = createWatchCache({ storage: seen, deps, digest, ...options });
    const controller = new AbortController();
    const running = cache.run(controller.signal);
    stop = async () => {
      controller.abort();
      await running;
    };
    await cache.waitForSync();
  };
  const put = async (name: string, value: string, to: Storage = store): Promise<number> => {
    const key = pods + name;
    const expectedRevision = (await to.get(key))?.modRevision ?? 0;
    const result = await to.put(key, Buffer.from(value), { expectedRevision });
    assert.ok(result.succeeded);
    return result.revision;
  };
  const remove = async (name: string, from: Storage = store): Promise<number> => {
    const key = pods + name;
    const result = await from.delete(key, { expectedRevision: (await from.get(key))!.modRevision });
    assert.ok(result.succeeded);
    return result.revision;
  };
  const caughtUp = async (): Promise<void> =>
    cache.waitForRevision(await cache.consistentRevision(), { timeoutMs: 10_000 });
  const names = (): string[] =>
    cache.list(pods).map(({ key, value }) => `${key.slice(pods.length)}=${value.toString()}`);

  beforeEach(async () => {
    clock = createFakeClock();
    metrics = new Registry();
    store = storage = createMemoryStorage({ clock });
  });

  afterEach(async () => {
    await stop();
  });

  describe('reads', () => {
    it('hold what was loaded and what has changed since', async () => {
      const first = await put('a/1', 'one');
      await put('b/1', 'x');
      await create();
      assert.deepEqual(names(), ['a/1=one', 'b/1=x']);
      const second = await put('a/1', 'two');
      await put('a/0', 'new');
      await remove('b/1');
      await caughtUp();
      assert.deepEqual(names(), ['a/0=new', 'a/1=two']);
      assert.equal(cache.revision, await store.currentRevision());
      const entry = cache.get(`${pods}a/1`)!;
      assert.deepEqual([entry.createRevision, entry.modRevision], [first, second]);
      assert.equal(entry.digest.labels?.value, 'two');
      assert.equal(cache.get(`${pods}b/1`), undefined);
      assert.equal(cache.get('/registry/nothing/a'), undefined);
      assert.deepEqual(cache.list('/registry/nothing/'), []);
    });

    it('are by prefix, from a key, up to a key, and limited', async () => {
      for (const name of ['a/1', 'a/2', 'a/3', 'ab/1', 'b/1']) await put(name, 'x');
      await create();
      const keys = (...given: Parameters<WatchCache['list']>): string[] =>
        cache.list(...given).map(({ key }) => key.slice(pods.length));
      assert.deepEqual(keys(`${pods}a/`), ['a/1', 'a/2', 'a/3']);
      assert.deepEqual(keys(pods, { startKey: `${pods}a/2\0`, limit: 2 }), ['a/3', 'ab/1']);
      assert.deepEqual(keys(pods, { startKey: `${pods}a/2`, endKey: `${pods}ab/` }), ['a/2', 'a/3']);
      assert.equal(cache.count(`${pods}a/`), 3);
      assert.equal(cache.count(pods, { startKey: `${pods}a/2` }), 4);
    });

    it('parse an object when asked, with its resource version, once', async () => {
      const revision = await put('a/1', '{"metadata":{"name":"1"},"spec":{}}');
      await create();
      const entry = cache.get(`${pods}a/1`)!;
      assert.deepEqual(entry.object(), { metadata: { name: '1', resourceVersion: String(revision) }, spec: {} });
      assert.equal(entry.object(), entry.object());
    });

    it('load many pages', async () => {
      for (let i = 0; i < 3000; i++) await put(`a/${i}`, 'x');
      await create();
      assert.equal(cache.count(pods), 3000);
    });

    it('go back to an older revision for as long as the history reaches', async () => {
      for (const name of ['a/1', 'a/2', 'a/3']) await put(name, 'old');
      const loaded = await store.currentRevision();
      await create({ history: { maxEvents: 4, maxBytes: 1 << 20 } });
      await put('a/2', 'new');
      await remove('a/1');
      const middle = await put('a/2b', 'new');
      await put('a/1', 'again');
      await caughtUp();
      const at = (revision: number, options = {}): unknown => {
        const found = cache.listAt(pods, revision, options);
        return found && [found.entries.map(({ key, value }) => `${key.slice(pods.length)}=${value}`), found.remaining];
      };
      assert.deepEqual(at(loaded), [['a/1=old', 'a/2=old', 'a/3=old'], 0]);
      assert.deepEqual(at(middle), [['a/2=new', 'a/2b=new', 'a/3=old'], 0]);
      assert.deepEqual(at(loaded, { limit: 2 }), [['a/1=old', 'a/2=old'], 1]);
      assert.deepEqual(at(middle, { limit: 1, startKey: `${pods}a/2\0` }), [['a/2b=new'], 1]);
      assert.deepEqual(at(cache.revision), [names(), 0]);
      await put('a/4', 'x');
      await caughtUp();
      assert.equal(at(loaded), undefined);
      assert.equal(at(cache.revision + 1), undefined);
    });
  });

  describe('revisions', () => {
    it('are waited for, and are too large where they do not come', async () => {
      await create();
      const waiting = cache.waitForRevision(cache.revision + 2, { timeoutMs: 3000 });
      await put('a/1', 'x');
      await put('a/1', 'y');
      await waiting;
      const tooLarge = assert.rejects(cache.waitForRevision(1000, { timeoutMs: 3000 }), (error) => {
        assert.ok(error instanceof ApiError);
        assert.equal(error.code, 504);
        assert.equal(error.message, `Timeout: Too large resource version: 1000, current: ${cache.revision}`);
        assert.equal(error.details?.retryAfterSeconds, 1);
        return true;
      });
      await clock.advance(3000);
      await tooLarge;
      const controller = new AbortController();
      const aborted = cache.waitForRevision(1000, { timeoutMs: 3000, signal: controller.signal });
      controller.abort(new Error('enough'));
      await assert.rejects(aborted, /enough/);
    });

    it('also of changes elsewhere in the store', async () => {
      await create();
      await store.put('/elsewhere', Buffer.from('x'), { expectedRevision: 0 });
      await caughtUp();
      assert.equal(cache.revision, await store.currentRevision());
    });

    it('are read once for all who ask before the read is sent', async () => {
      const answers: ((revision: number) => void)[] = [];
      await create();
      storage = {
        ...storage,
        currentRevision: () => new Promise((resolve) => answers.push(resolve)),
      };
      const early = [cache.consistentRevision(), cache.consistentRevision()];
      await readsBegun();
      assert.equal(answers.length, 1);
      const late = [cache.consistentRevision(), cache.consistentRevision()];
      await readsBegun();
      assert.equal(answers.length, 2, 'the first read may have been answered before the second question');
      answers[0]!(7);
      assert.deepEqual(await Promise.all(early), [7, 7]);
      cache.noteRevision(9);
      answers[1]!(8);
      assert.deepEqual(await Promise.all(late), [9, 9]);
    });

    it('are read again after a read failed', async () => {
      await create();
      const working = storage;
      storage = { ...storage, currentRevision: () => Promise.reject(new Error('no')) };
      await assert.rejects(cache.consistentRevision(), /no/);
      storage = working;
      assert.equal(await cache.consistentRevision(), await store.currentRevision());
    });
  });

  describe('subscriptions', () => {
    it('replay what came after a revision, then go on, in order and grouped', async () => {
      await create();
      const from = cache.revision;
      await put('a/1', 'one');
      await put('b/1', 'x');
      await put('a/1', 'two');
      await caughtUp();
      const calls: [string[], number][] = [];
      const listen = (prefix: string, afterRevision: number): (() => void) =>
        cache.subscribe(prefix, { afterRevision }, (events, revision) => calls.push([shown(events), revision]));
      listen(`${pods}a/`, from);
      assert.deepEqual(calls.splice(0), [[['+a/1=one@2', '+a/1=two@4'], 4]]);
      await Promise.all([put('a/2', 'x'), put('b/2', 'x'), put('a/3', 'x')]);
      await caughtUp();
      assert.deepEqual(
        calls.flatMap(([events]) => events),
        ['+a/2=x@5', '+a/3=x@7'],
      );
      calls.length = 0;
      listen(`${pods}a/2`, from);
      assert.deepEqual(calls.splice(0), [[['+a/2=x@5'], 7]]);
      await remove('a/2');
      await put('a/22', 'x');
      await caughtUp();
      assert.deepEqual(
        calls.map(([events]) => events.join()),
        ['-a/2@8', '-a/2@8', '+a/22=x@9'],
      );
    });

    it('tell what was before, and keep the last state of what was deleted', async () => {
      const created = await put('a/1', 'one');
      await create();
      const events: CacheEvent[] = [];
      cache.subscribe(pods, { afterRevision: cache.revision }, (batch) => events.push(...batch));
      await put('a/1', 'two');
      const deleted = await remove('a/1');
      await caughtUp();
      const [update, deletion] = events as [CacheEvent, CacheEvent];
      assert.equal(update.previous?.value.toString(), 'one');
      assert.equal(update.entry.createRevision, created);
      assert.equal(deletion.entry.value.toString(), 'two');
      assert.equal(deletion.entry.modRevision, deleted);
      assert.equal(deletion.previous, update.entry);
    });

    it('share what is made from an event while it is being delivered', async () => {
      await create();
      let made = 0;
      const seen: unknown[] = [];
      let kept: CacheEvent | undefined;
      for (const _ of [1, 2, 3]) {
        cache.subscribe(pods, { afterRevision: cache.revision }, ([event]) => {
          kept = event;
          for (const shape of ['json', 'table']) seen.push(event!.memo(shape, () => `${shape}${++made}`));
        });
      }
      await put('a/1', 'x');
      await caughtUp();
      assert.deepEqual(seen, ['json1', 'table2', 'json1', 'table2', 'json1', 'table2']);
      assert.equal(
        kept!.memo('json', () => 'anew'),
        'anew',
      );
    });

    it('end when told to, and do not disturb others when they fail', async () => {
      await create();
      const seen: string[] = [];
      const controller = new AbortController();
      const options = { afterRevision: cache.revision };
      const unsubscribe = cache.subscribe(pods, options, () => seen.push('ended'));
      cache.subscribe(pods, { ...options, signal: controller.signal }, () => seen.push('aborted'));
      cache.subscribe(pods, options, () => {
        throw new Error('broken');
      });
      cache.subscribe(pods, options, () => seen.push('goes on'));
      unsubscribe();
      controller.abort();
      await put('a/1', 'x');
      await caughtUp();
      assert.deepEqual(seen, ['goes on']);
    });

    it('made within a delivery see each event once', async () => {
      await create();
      const from = cache.revision;
      const seen: string[] = [];
      let isNested = false;
      cache.subscribe(pods, { afterRevision: from }, () => {
        if (isNested) return;
        isNested = true;
        cache.subscribe(pods, { afterRevision: from }, (events) => seen.push(...shown(events)));
      });
      await put('a/1', 'x');
      await put('a/1', 'y');
      await caughtUp();
      assert.deepEqual(seen, ['+a/1=x@2', '+a/1=y@3']);
    });

    it('from a revision that is to come begin there', async () => {
      await create();
      const seen: string[] = [];
      cache.subscribe(pods, { afterRevision: cache.revision + 2 }, (events) => seen.push(...shown(events)));
      for (const name of ['a/1', 'a/2', 'a/3']) await put(name, 'x');
      await caughtUp();
      assert.deepEqual(seen, ['+a/3=x@4']);
    });

    it('from before the history are refused, for each resource by itself', async () => {
      await put('a/1', 'x');
      await create({ history: { maxEvents: 3, maxBytes: 1 << 20 } });
      const loaded = cache.revision;
      const subscribe = (prefix: string, afterRevision: number): (() => void) =>
        cache.subscribe(prefix, { afterRevision }, () => {});
      subscribe(pods, loaded);
      assert.throws(() => subscribe(pods, loaded - 1), CompactedError);
      for (let i = 0; i < 4; i++) await put('a/1', String(i));
      await caughtUp();
      assert.throws(() => subscribe(pods, loaded), CompactedError);
      subscribe(pods, loaded + 1);
      subscribe('/registry/secrets/', loaded);
      cache.beginHistory('/registry/secrets/');
      assert.throws(() => subscribe('/registry/secrets/', loaded), CompactedError);
    });

    it('keep no more bytes of superseded states than allowed', async () => {
      await create({ history: { maxEvents: 1000, maxBytes: 20_000 } });
      const from = cache.revision;
      for (let i = 0; i < 20; i++) await put('a/1', 'x'.repeat(3000));
      await caughtUp();
      assert.throws(() => cache.subscribe(pods, { afterRevision: from }, () => {}), CompactedError);
      let held = 0;
      cache.subscribe(pods, { afterRevision: cache.revision - 4 }, (events) => (held = events.length));
      assert.equal(held, 4);
    });
  });

  describe('when the store lost its history', () => {
    /** The next watch of the store fails so; what it sees meanwhile happens behind its back. */
    const failWatch = async (
      error: Error,
      meanwhile: () => Promise<unknown>,
      from: Storage = storage,
    ): Promise<void> => {
      await stop();
      const broken = { ...bound(from) };
      let failures = 1;
      broken.watch = (...given) => {
        if (failures-- > 0) throw error;
        return from.watch(...given);
      };
      storage = broken;
      await meanwhile();
    };
    const bound = (from: Storage): Storage => ({
      get: from.get.bind(from),
      range: from.range.bind(from),
      put: from.put.bind(from),
      delete: from.delete.bind(from),
      currentRevision: from.currentRevision.bind(from),
      watch: from.watch.bind(from),
      compact: from.compact.bind(from),
      close: from.close.bind(from),
    });
    const resume = (): void => {
      const controller = new AbortController();
      const running = cache.run(controller.signal);
      stop = async () => {
        controller.abort();
        await running;
      };
    };

    it('tells subscriptions what differs', async () => {
      for (const name of ['a/same', 'a/changed', 'a/gone', 'a/recreated']) await put(name, 'old');
      await create();
      const seen: CacheEvent[] = [];
      cache.subscribe(pods, { afterRevision: cache.revision, onTerminate: () => assert.fail() }, (events) =>
        seen.push(...events),
      );
      let revisions: number[] = [];
      await failWatch(new CompactedError(5), async () => {
        await remove('a/recreated');
        revisions = [await put('a/changed', 'new'), await put('a/recreated', 'new'), await put('a/new', 'new')];
        revisions.push(await remove('a/gone'));
      });
      resume();
      await caughtUp();
      const [changed, recreated, created, newest] = revisions as [number, number, number, number];
      assert.deepEqual(shown(seen), [
        `+a/changed=new@${changed}`,
        `-a/recreated@${recreated}`,
        `+a/recreated=new@${recreated}`,
        `+a/new=new@${created}`,
        `-a/gone@${newest}`,
      ]);
      assert.equal(seen[2]?.previous, undefined);
      assert.deepEqual(names(), ['a/changed=new', 'a/new=new', 'a/recreated=new', 'a/same=old']);
      await put('a/same', 'live');
      await caughtUp();
      assert.equal(shown(seen).at(-1), `+a/same=live@${newest + 1}`);
    });

    it('ends watches when revisions went back, and tells the others what differs', async () => {
      for (let i = 0; i < 9; i++) await put('a/1', 'x');
      await put('a/2', 'x');
      await create();
      const revision = cache.revision;
      let ended = 0;
      const seen: string[] = [];
      cache.subscribe(pods, { afterRevision: revision, onTerminate: () => ended++ }, () => assert.fail());
      cache.subscribe(pods, { afterRevision: revision }, (events) => seen.push(...shown(events)));
      const restored = createMemoryStorage({ clock });
      await put('a/1', 'restored', restored);
      await failWatch(new FutureRevisionError(revision), async () => {}, restored);
      resume();
      await clock.advance(0);
      assert.equal(cache.revision, 2);
      assert.equal(ended, 1);
      assert.deepEqual(seen, ['+a/1=restored@2', '-a/2@2']);
      await put('a/3', 'x', restored);
      await caughtUp();
      assert.deepEqual(seen.slice(2), ['+a/3=x@3']);
      assert.deepEqual(names(), ['a/1=restored', 'a/3=x']);
    });

    it('goes on where it was when the watch fails for another reason', async () => {
      await put('a/1', 'x');
      await create();
      const seen: string[] = [];
      cache.subscribe(pods, { afterRevision: cache.revision }, (events) => seen.push(...shown(events)));
      await failWatch(new Error('no luck'), () => put('a/2', 'x'));
      resume();
      await clock.advance(2000);
      await caughtUp();
      assert.deepEqual(seen, ['+a/2=x@3']);
    });
  });

  it('digests anew when what is selectable has changed', async () => {
    let version = 1;
    await put('a/1', 'x');
    await create({
      digest: (_prefix, name) => ({ name, namespace: '', uid: '', labels: { version: String(version) }, fields: {} }),
    });
    version = 2;
    cache.redigest(pods);
    assert.equal(cache.get(`${pods}a/1`)?.digest.labels?.version, '2');
  });

  it('counts under upstream names', async () => {
    await put('a/1', 'x');
    await create();
    cache.subscribe(pods, { afterRevision: cache.revision }, () => {});
    await put('a/2', 'x');
    await put('a/2', 'y');
    await caughtUp();
    const text = await metrics.metrics();
    for (const line of [
      'apiserver_resource_objects{group="",resource="pods"} 2',
      'apiserver_storage_objects{resource="pods"} 2',
      'apiserver_watch_cache_events_received_total{group="",resource="pods"} 2',
      'apiserver_watch_cache_events_dispatched_total{group="",resource="pods"} 2',
      'apiserver_watch_cache_initializations_total{group="",resource="pods"} 1',
      'apiserver_watch_cache_resource_version{group="",resource="pods"} 4',
      'watch_cache_capacity{group="",resource="pods"} 100000',
    ])
      assert.ok(text.includes(`${line}\n`), line);
  });
});
