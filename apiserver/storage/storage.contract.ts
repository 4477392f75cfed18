import { afterEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { CompactedError, FutureRevisionError } from './storage.ts';
import type { Change, ChangeBatch, Storage } from './storage.ts';

export interface StorageContractOptions {
  /** The store under test; the suite may be given the same one for every test, and writes under new prefixes. */
  readonly storage: () => Storage;
  /** A store that the suite may close. */
  readonly createStorage: () => Storage;
  /** Lets the time pass that a lease of a second needs to expire, or makes it pass. */
  readonly passLease: () => Promise<void>;
}

const text = (value: string): Buffer => Buffer.from(value);
let prefixes = 0;

/** What every store keeps to. */
export function storageContract(name: string, { storage, createStorage, passLease }: StorageContractOptions): void {
  describe(`storage contract: ${name}`, () => {
    const stop: AbortController[] = [];
    const newPrefix = (): string => `/registry/contract${prefixes++}/`;
    const newSignal = (): AbortSignal => {
      const controller = new AbortController();
      stop.push(controller);
      return controller.signal;
    };
    const create = async (key: string, value: string | Buffer): Promise<number> => {
      const bytes = typeof value === 'string' ? text(value) : value;
      const result = await storage().put(key, bytes, { expectedRevision: 0 });
      assert.equal(result.succeeded, true);
      return result.revision;
    };
    const update = async (key: string, value: string, expectedRevision: number): Promise<number> => {
      const result = await storage().put(key, text(value), { expectedRevision });
      assert.equal(result.succeeded, true);
      return result.revision;
    };
    const remove = async (key: string, expectedRevision: number): Promise<number> => {
      const result = await storage().delete(key, { expectedRevision });
      assert.equal(result.succeeded, true);
      return result.revision;
    };
    /** Changes after the revision until `enough`. */
    const collect = async (
      options: { prefix: string; afterRevision: number; withPrevious?: boolean },
      enough: (changes: readonly Change[], batch: ChangeBatch) => boolean,
    ): Promise<Change[]> => {
      const changes: Change[] = [];
      for await (const batch of storage().watch(options, newSignal())) {
        changes.push(...batch.changes);
        if (enough(changes, batch)) break;
      }
      return changes;
    };

    afterEach(() => {
      for (const controller of stop.splice(0)) controller.abort();
    });

    describe('writes', () => {
      it('creates only what is not there', async () => {
        const key = `${newPrefix()}a`;
        assert.equal(await storage().get(key), undefined);
        const revision = await create(key, 'one');
        const again = await storage().put(key, text('two'), { expectedRevision: 0 });
        assert.equal(again.succeeded, false);
        assert.deepEqual(!again.succeeded && again.current, {
          key,
          value: text('one'),
          createRevision: revision,
          modRevision: revision,
        });
        assert.equal((await storage().get(key))?.value.toString(), 'one');
      });

      it('updates only the revision that is expected, and keeps the create revision', async () => {
        const key = `${newPrefix()}a`;
        const first = await create(key, 'one');
        const second = await update(key, 'two', first);
        assert.ok(second > first);
        const stale = await storage().put(key, text('three'), { expectedRevision: first });
        assert.equal(stale.succeeded, false);
        assert.equal(!stale.succeeded && stale.current?.modRevision, second);
        const missing = await storage().put(`${key}b`, text('x'), { expectedRevision: first });
        assert.deepEqual(!missing.succeeded && missing.current, undefined);
        assert.deepEqual(await storage().get(key), {
          key,
          value: text('two'),
          createRevision: first,
          modRevision: second,
        });
      });

      it('deletes only the revision that is expected; what comes after is a new creation', async () => {
        const key = `${newPrefix()}a`;
        const first = await create(key, 'one');
        const second = await update(key, 'two', first);
        const stale = await storage().delete(key, { expectedRevision: first });
        assert.equal(!stale.succeeded && stale.current?.modRevision, second);
        const deleted = await remove(key, second);
        assert.ok(deleted > second);
        assert.equal(await storage().get(key), undefined);
        const again = await storage().delete(key, { expectedRevision: second });
        assert.deepEqual({ ...again, revision: 0 }, { succeeded: false, current: undefined, revision: 0 });
        const third = await create(key, 'three');
        assert.equal((await storage().get(key))?.createRevision, third);
      });

      it('takes bytes as they are, and does not look at them again', async () => {
        const key = `${newPrefix()}a`;
        const bytes = Buffer.from([0, 255, 10, 0, 128]);
        await create(key, bytes);
        bytes.fill(1);
        assert.deepEqual((await storage().get(key))?.value, Buffer.from([0, 255, 10, 0, 128]));
      });

      it('takes keys that are not ASCII', async () => {
        const key = `${newPrefix()}überall/ключ/😀`;
        await create(key, 'x');
        assert.equal((await storage().get(key))?.key, key);
      });

      it('loses no update of many writers on one key', async () => {
        const key = `${newPrefix()}counter`;
        await create(key, '0');
        const writers = Array.from({ length: 10 }, async () => {
          for (let done = 0; done < 10;) {
            const { value, modRevision } = (await storage().get(key))!;
            const next = text(String(Number(value.toString()) + 1));
            if ((await storage().put(key, next, { expectedRevision: modRevision })).succeeded) done++;
          }
        });
        await Promise.all(writers);
        assert.equal((await storage().get(key))?.value.toString(), '100');
      });

      it('holds a value of a megabyte', async () => {
        const prefix = newPrefix();
        const value = Buffer.alloc(1 << 20, 'abcdefg');
        const revision = await create(`${prefix}big`, value);
        assert.ok((await storage().get(`${prefix}big`))!.value.equals(value));
        const changes = await collect({ prefix, afterRevision: revision - 1 }, ({ length }) => length === 1);
        assert.ok(changes[0]!.value.equals(value));
      });

      it('lets a key expire with its lease, and not one that was written again without', async () => {
        const prefix = newPrefix();
        const leased = { expectedRevision: 0, leaseSeconds: 1 };
        const first = await storage().put(`${prefix}a`, text('x'), leased);
        const second = await storage().put(`${prefix}b`, text('x'), leased);
        await update(`${prefix}b`, 'y', second.revision);
        const watched = collect({ prefix, afterRevision: first.revision - 1 }, ({ length }) => length === 4);
        await passLease();
        const changes = await watched;
        assert.deepEqual(
          changes.map(({ type, key }) => [type, key]),
          [
            ['put', `${prefix}a`],
            ['put', `${prefix}b`],
            ['put', `${prefix}b`],
            ['delete', `${prefix}a`],
          ],
        );
        assert.equal(await storage().get(`${prefix}a`), undefined);
        assert.ok(await storage().get(`${prefix}b`));
      });
    });

    describe('ranges', () => {
      it('lists what is under a prefix in key order', async () => {
        const prefix = newPrefix();
        for (const name of ['b', 'a/2', 'a', 'c', 'a-1', 'a/1']) await create(prefix + name, name);
        await create(`${prefix.slice(0, -1)}x/outside`, 'x');
        const { items, more, count, revision } = await storage().range({ prefix });
        assert.deepEqual(
          items.map(({ key }) => key.slice(prefix.length)),
          ['a', 'a-1', 'a/1', 'a/2', 'b', 'c'],
        );
        assert.deepEqual({ more, count }, { more: false, count: 6 });
        assert.equal(revision, await storage().currentRevision());
        const empty = await storage().range({ prefix: newPrefix() });
        assert.deepEqual({ ...empty, revision: 0 }, { items: [], more: false, count: 0, revision: 0 });
      });

      it('gives thousands of keys whole, and in pages as of one revision while they change', async () => {
        const prefix = newPrefix();
        const keys = Array.from({ length: 2500 }, (_, i) => prefix + String(i).padStart(5, '0'));
        await Promise.all(keys.map((key) => create(key, 'old')));
        const all = await storage().range({ prefix });
        assert.deepEqual(
          all.items.map(({ key }) => key),
          keys,
        );
        const limited = await storage().range({ prefix, limit: 1700 });
        assert.deepEqual(
          { length: limited.items.length, more: limited.more, count: limited.count },
          { length: 1700, more: true, count: 2500 },
        );

        const first = await storage().range({ prefix, limit: 400 });
        assert.deepEqual({ more: first.more, count: first.count }, { more: true, count: 2500 });
        const { revision } = first;
        const changed = all.items[2000]!;
        await update(changed.key, 'new', changed.modRevision);
        await remove(keys[2001]!, all.items[2001]!.modRevision);
        await create(`${prefix}02000-new`, 'new');
        const items = [...first.items];
        for (let page = first; page.more;) {
          page = await storage().range({ prefix, startKey: `${items.at(-1)!.key}\0`, limit: 400, revision });
          assert.equal(page.count, 2500 - items.length);
          items.push(...page.items);
        }
        assert.deepEqual(items, all.items);
        const now = await storage().range({ prefix, startKey: keys[2000]!, limit: 3 });
        assert.deepEqual(
          now.items.map(({ key, value }) => [key.slice(prefix.length), value.toString()]),
          [
            ['02000', 'new'],
            ['02000-new', 'new'],
            ['02002', 'old'],
          ],
        );
      });

      it('refuses a revision that is to come', async () => {
        const revision = (await storage().currentRevision()) + 1000;
        await assert.rejects(storage().range({ prefix: newPrefix(), revision }), FutureRevisionError);
      });
    });

    describe('watch', () => {
      it('replays from an old revision and goes on, in order, with what was before', async () => {
        const prefix = newPrefix();
        const key = `${prefix}a`;
        const before = await storage().currentRevision();
        const first = await create(key, 'one');
        const second = await update(key, 'two', first);
        const watched = collect({ prefix, afterRevision: before }, ({ length }) => length === 4);
        await create(`${newPrefix()}elsewhere`, 'x');
        const third = await remove(key, second);
        const fourth = await create(key, 'again');
        assert.deepEqual((await watched).map(withoutExtras), [
          { type: 'put', key, value: text('one'), modRevision: first, created: true },
          {
            type: 'put',
            key,
            value: text('two'),
            modRevision: second,
            created: false,
            previous: { value: text('one'), modRevision: first },
          },
          {
            type: 'delete',
            key,
            value: text(''),
            modRevision: third,
            created: false,
            previous: { value: text('two'), modRevision: second },
          },
          { type: 'put', key, value: text('again'), modRevision: fourth, created: true },
        ]);
      });

      it('begins after the revision it is given', async () => {
        const prefix = newPrefix();
        await create(`${prefix}a`, 'x');
        const second = await create(`${prefix}b`, 'x');
        const third = await create(`${prefix}c`, 'x');
        const changes = await collect({ prefix, afterRevision: second }, ({ length }) => length === 1);
        assert.deepEqual(
          changes.map(({ modRevision }) => modRevision),
          [third],
        );
      });

      it('comes to know revisions of other prefixes', async () => {
        const prefix = newPrefix();
        const afterRevision = await create(`${prefix}a`, 'x');
        const elsewhere = await create('/elsewhere/contract', `${prefix}`).catch(async () => {
          const current = (await storage().get('/elsewhere/contract'))!;
          return update('/elsewhere/contract', prefix, current.modRevision);
        });
        const changes = await collect({ prefix, afterRevision }, (_, { revision }) => revision >= elsewhere);
        assert.deepEqual(changes, []);
      });

      it('delivers every change once to several watchers, whole revisions at a time', async () => {
        const prefix = newPrefix();
        const afterRevision = await storage().currentRevision();
        const isEnough = ({ length }: readonly Change[]): boolean => length === 1000;
        const watchers = [1, 2, 3].map(() => collect({ prefix, afterRevision, withPrevious: false }, isEnough));
        const revisions = await Promise.all(Array.from({ length: 1000 }, (_, i) => create(`${prefix}${i}`, 'x')));
        revisions.sort((a, b) => a - b);
        for (const changes of await Promise.all(watchers)) {
          assert.deepEqual(
            changes.map(({ modRevision }) => modRevision),
            revisions,
          );
        }
      });

      it('refuses a revision that is to come', async () => {
        const afterRevision = (await storage().currentRevision()) + 1000;
        await assert.rejects(
          collect({ prefix: newPrefix(), afterRevision }, () => true),
          FutureRevisionError,
        );
      });

      it('ends when its signal aborts', async () => {
        const controller = new AbortController();
        const prefix = newPrefix();
        const afterRevision = await storage().currentRevision();
        const seen: ChangeBatch[] = [];
        const watching = (async () => {
          for await (const batch of storage().watch({ prefix, afterRevision }, controller.signal)) {
            seen.push(batch);
            controller.abort();
          }
        })();
        await create(`${prefix}a`, 'x');
        await watching;
        assert.equal(seen.length, 1);
        for await (const _ of storage().watch({ prefix, afterRevision }, controller.signal)) assert.fail();
      });
    });

    describe('compaction', () => {
      it('forgets history, which ranges and watches then say', async () => {
        const prefix = newPrefix();
        const first = await create(`${prefix}a`, 'one');
        const second = await update(`${prefix}a`, 'two', first);
        const third = await update(`${prefix}a`, 'three', second);
        await storage().compact(second);
        await storage().compact(second);
        await storage().compact(first);
        await assert.rejects(storage().range({ prefix, revision: first }), CompactedError);
        assert.equal((await storage().range({ prefix, revision: second })).items[0]?.value.toString(), 'two');
        assert.equal((await storage().get(`${prefix}a`))?.value.toString(), 'three');
        await assert.rejects(
          collect({ prefix, afterRevision: first - 1 }, () => true),
          CompactedError,
        );
        const changes = await collect({ prefix, afterRevision: second }, ({ length }) => length === 1);
        assert.equal(changes[0]?.modRevision, third);
      });

      it('refuses a revision that is to come', async () => {
        await assert.rejects(storage().compact((await storage().currentRevision()) + 1000), FutureRevisionError);
      });
    });

    it('knows a revision no older than any write that was acknowledged', async () => {
      const prefix = newPrefix();
      for (let i = 0; i < 20; i++) {
        const revision = await create(`${prefix}${i}`, 'x');
        assert.ok((await storage().currentRevision()) >= revision);
      }
    });

    it('rejects with the reason of an aborted signal', async () => {
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      await assert.rejects(storage().get('/registry/x', signal), reason);
      await assert.rejects(storage().put('/registry/x', text('x'), { expectedRevision: 0 }, signal), reason);
      await assert.rejects(storage().range({ prefix: '/registry/' }, signal), reason);
      await assert.rejects(storage().currentRevision(signal), reason);
    });

    it('fails after it was closed', async () => {
      const closed = createStorage();
      await closed.currentRevision();
      await closed.close();
      await assert.rejects(closed.get('/registry/x'));
      await assert.rejects(closed.put('/registry/x', text('x'), { expectedRevision: 0 }));
    });
  });
}

/** Only what the contract names, so that a store may carry more. */
function withoutExtras({ previous, ...change }: Change): Change {
  return previous ? { ...change, previous: { value: previous.value, modRevision: previous.modRevision } } : change;
}
