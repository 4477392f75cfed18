import { after, afterEach, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Registry } from 'prom-client';
import { createCertificateAuthority, issueCertificate } from '../../../component/certificates.ts';
import { systemClock } from '../../../component/clock.ts';
import type { Deps } from '../../../component/deps.ts';
import { silentLogger, type LogFields, type Logger } from '../../../component/logger.ts';
import { systemRandom } from '../../../component/random.ts';
import { freePorts, startEtcd, type Etcd } from '../../../test/support/etcd.ts';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy.ts';
import { FutureRevisionError, StorageUnavailableError, type Change, type Storage } from '../storage.ts';
import { storageContract } from '../storage.contract.ts';
import { createEtcd3Storage } from './etcd3-storage.ts';

const newDeps = (log: Logger = silentLogger): Deps => ({
  clock: systemClock,
  random: systemRandom,
  log,
  metrics: new Registry(),
});
const text = (value: string): Buffer => Buffer.from(value);

describe('etcd3 storage', () => {
  let etcd: Etcd;
  let direct: Storage;
  const cleanUps: (() => Promise<unknown> | void)[] = [];

  before(async () => {
    etcd = await startEtcd();
    direct = createEtcd3Storage({ endpoints: [etcd.endpoint], deps: newDeps() });
  });

  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  after(async () => {
    await direct?.close();
    await etcd?.stop();
  });

  const newProxy = async (): Promise<TcpProxy> => {
    const proxy = await startTcpProxy(etcd.port);
    cleanUps.push(() => proxy.stop());
    return proxy;
  };
  const newStorage = (port: number, options: { timeoutMs?: number; log?: Logger } = {}): Storage => {
    const { log, ...rest } = options;
    const storage = createEtcd3Storage({ endpoints: [`http://127.0.0.1:${port}`], deps: newDeps(log), ...rest });
    cleanUps.push(() => storage.close());
    return storage;
  };
  /** Creates as a client does who is told that nobody knows what became of it: it looks, and tries again. */
  const createAnyhow = async (storage: Storage, key: string, value: string): Promise<number> => {
    for (;;) {
      try {
        const { succeeded, revision } = await storage.put(key, text(value), { expectedRevision: 0 });
        if (succeeded) return revision;
      } catch (error) {
        assert.ok(error instanceof StorageUnavailableError && error.kind === 'unknown', String(error));
      }
      const found = await direct.get(key);
      if (!found) continue;
      assert.equal(found.value.toString(), value);
      return found.modRevision;
    }
  };
  /** Watches until told to stop; what came is in `changes`. */
  const follow = (storage: Storage, prefix: string, afterRevision: number, onBatch: () => void = () => {}) => {
    const controller = new AbortController();
    const changes: Change[] = [];
    const until = (enough: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        checks.push(() => enough() && resolve());
        checks.at(-1)!();
      });
    const checks: (() => void)[] = [];
    const done = (async () => {
      for await (const batch of storage.watch({ prefix, afterRevision }, controller.signal)) {
        changes.push(...batch.changes);
        onBatch();
        for (const check of checks) check();
      }
    })();
    cleanUps.push(async () => {
      controller.abort();
      await done;
    });
    return { changes, until };
  };

  storageContract('etcd3', {
    storage: () => direct,
    createStorage: () => createEtcd3Storage({ endpoints: [etcd.endpoint], deps: newDeps() }),
    passLease: async () => {},
  });

  describe('when connections break', () => {
    it('loses and doubles neither writes nor events', async () => {
      const prefix = '/registry/cut/';
      const watchProxy = await newProxy();
      const writeProxy = await newProxy();
      const afterRevision = await direct.currentRevision();
      let batches = 0;
      const watched = follow(newStorage(watchProxy.port), prefix, afterRevision, () => {
        if (++batches % 20 === 0 && watched.changes.length < 2900) watchProxy.cut();
      });
      const writer = newStorage(writeProxy.port);
      const revisions = new Map<string, number>();
      let next = 0;
      const write = async (): Promise<void> => {
        while (next < 1500) {
          const key = `${prefix}${next++}`;
          if (next % 200 === 0) writeProxy.cut();
          const created = await createAnyhow(writer, key, `created ${key}`);
          const updated = await writer.put(key, text(`updated ${key}`), { expectedRevision: created });
          assert.equal(updated.succeeded, true, key);
          revisions.set(`${key} created`, created).set(`${key} updated`, updated.revision);
        }
      };
      await Promise.all(Array.from({ length: 32 }, write));
      await watched.until(() => watched.changes.length >= 3000);

      assert.ok(watchProxy.connections > 3, 'the watch was cut');
      assert.ok(writeProxy.connections > 3, 'writes were cut');
      assert.deepEqual(
        watched.changes.map(({ modRevision }) => modRevision),
        [...revisions.values()].sort((a, b) => a - b),
      );
      for (const { key, created, modRevision } of watched.changes) {
        assert.equal(revisions.get(`${key} ${created ? 'created' : 'updated'}`), modRevision);
      }
    });

    it('resumes a replay of old events that was cut', async () => {
      const prefix = '/registry/replay/';
      const afterRevision = await direct.currentRevision();
      const value = Buffer.alloc(20_000, 'x');
      const writes = Array.from({ length: 500 }, (_, i) => direct.put(`${prefix}${i}`, value, { expectedRevision: 0 }));
      await Promise.all(writes);
      const proxy = await newProxy();
      let batches = 0;
      const watched = follow(newStorage(proxy.port), prefix, afterRevision, () => {
        if (++batches === 1) proxy.cut();
      });
      proxy.onBytes = (bytes) => {
        if (bytes > 3_000_000 && proxy.connections === 1) proxy.cut();
      };
      await watched.until(() => watched.changes.length >= 500);
      assert.ok(proxy.connections > 1, 'the replay was cut');
      assert.equal(new Set(watched.changes.map(({ key }) => key)).size, 500);
      assert.equal(watched.changes.length, 500);
    });

    it('goes on when etcd was killed and started again', async () => {
      const prefix = '/registry/restart/';
      const watched = follow(direct, prefix, await direct.currentRevision());
      const revisions: number[] = [];
      const write = async (from: number): Promise<void> => {
        for (let i = from; i < from + 20; i++) {
          revisions.push(await createAnyhow(direct, `${prefix}${i}`, 'x'));
        }
      };
      await write(0);
      const writing = write(20);
      await etcd.restart();
      await writing;
      await write(40);
      await watched.until(() => watched.changes.length >= 60);
      assert.deepEqual(
        watched.changes.map(({ modRevision }) => modRevision),
        revisions.sort((a, b) => a - b),
      );
    });

    it('finds out whether a write took place whose answer was lost', async () => {
      const prefix = '/registry/lost/';
      const proxy = await newProxy();
      const storage = newStorage(proxy.port);
      /** Lets the request through, but not its answer, and then whatever `meanwhile` does come first. */
      const losingAnswer = async <T>(
        key: string,
        request: () => Promise<T>,
        meanwhile = async () => {},
      ): Promise<T> => {
        await storage.get(key);
        const watched = follow(direct, key, await direct.currentRevision());
        proxy.swallowAnswers = true;
        const result = request();
        await watched.until(() => watched.changes.length > 0);
        await meanwhile();
        proxy.swallowAnswers = false;
        proxy.cut();
        return result;
      };

      const key = `${prefix}a`;
      const created = await losingAnswer(key, () => storage.put(key, text('one'), { expectedRevision: 0 }));
      assert.deepEqual(created, { succeeded: true, revision: (await direct.get(key))!.modRevision });

      let ours = 0;
      const updated = await losingAnswer(
        key,
        () => storage.put(key, text('two'), { expectedRevision: created.revision }),
        async () => {
          ours = (await direct.get(key))!.modRevision;
          await direct.put(key, text('three, by another'), { expectedRevision: ours });
        },
      );
      assert.deepEqual(updated, { succeeded: true, revision: ours });

      const { modRevision } = (await direct.get(key))!;
      const deleted = await losingAnswer(key, () => storage.delete(key, { expectedRevision: modRevision }));
      assert.equal(deleted.succeeded, true);
      assert.ok(deleted.revision > modRevision);

      const gone = `${prefix}gone`;
      await assert.rejects(
        losingAnswer(
          gone,
          () => storage.put(gone, text('one'), { expectedRevision: 0 }),
          async () => {
            await direct.delete(gone, { expectedRevision: (await direct.get(gone))!.modRevision });
          },
        ),
        (error: unknown) => error instanceof StorageUnavailableError && error.kind === 'unknown',
      );
      assert.equal(await direct.get(gone), undefined, 'what was deleted does not come back');

      const other = `${prefix}b`;
      await direct.put(other, text('by another'), { expectedRevision: 0 });
      proxy.cut();
      const refused = await storage.put(other, text('ours'), { expectedRevision: 0 });
      assert.equal(refused.succeeded, false);
    });
  });

  describe('when etcd is not there', () => {
    it('fails calls after their time, says so once, and answers as soon as it is back', async () => {
      const lines: [string, LogFields | undefined][] = [];
      const log: Logger = {
        ...silentLogger,
        warn: (message, fields) => lines.push([message, fields]),
        info: (message, fields) => lines.push([message, fields]),
        child: () => log,
      };
      const proxy = await newProxy();
      proxy.refuse = true;
      const storage = newStorage(proxy.port, { timeoutMs: 300, log });
      await assert.rejects(storage.get('/registry/x'), StorageUnavailableError);
      await assert.rejects(storage.put('/registry/x', text('x'), { expectedRevision: 0 }), StorageUnavailableError);
      const [[message, fields] = []] = lines;
      assert.equal(message, 'etcd is not reachable');
      assert.equal(fields?.endpoint, `http://127.0.0.1:${proxy.port}`);
      assert.match(String(fields?.reason), /\w+/);
      assert.equal(lines.length, 1);
      const waiting = newStorage(proxy.port).get('/registry/x');
      proxy.refuse = false;
      assert.equal(await waiting, undefined);
      await storage.currentRevision().catch(() => storage.currentRevision());
      assert.equal(lines.at(-1)?.[0], 'etcd is reachable again');
    });

    it('takes another endpoint', async () => {
      const [nobody] = await freePorts(1);
      const endpoints = [`http://127.0.0.1:${nobody}`, etcd.endpoint];
      const storage = createEtcd3Storage({ endpoints, deps: newDeps() });
      cleanUps.push(() => storage.close());
      assert.equal((await storage.put('/registry/second', text('x'), { expectedRevision: 0 })).succeeded, true);
    });

    it('gives up at once when the signal aborts', async () => {
      const proxy = await newProxy();
      proxy.swallowAnswers = true;
      const controller = new AbortController();
      const getting = newStorage(proxy.port).get('/registry/x', controller.signal);
      controller.abort(new Error('enough'));
      await assert.rejects(getting, /enough/);
    });
  });

  it('does more at once than it lets through at once', async () => {
    const storage = createEtcd3Storage({ endpoints: [etcd.endpoint], deps: newDeps(), maxInFlight: 4 });
    cleanUps.push(() => storage.close());
    const results = await Promise.all(
      Array.from({ length: 100 }, (_, i) => storage.put(`/registry/many/${i}`, text('x'), { expectedRevision: 0 })),
    );
    assert.ok(results.every(({ succeeded }) => succeeded));
  });

  it('shows its certificate to an etcd that asks for one', async () => {
    const deps = newDeps();
    const authority = await createCertificateAuthority({ commonName: 'etcd-ca' }, deps);
    const server = { commonName: 'etcd', ipAddresses: ['127.0.0.1'], usages: ['server', 'client'] as const };
    const own = await startEtcd({
      tls: { authority: authority.certificate, ...(await issueCertificate(authority, server, deps)) },
    });
    cleanUps.push(() => own.stop());
    const client = await issueCertificate(authority, { commonName: 'kube-apiserver', usages: ['client'] }, deps);
    const ca = text(authority.certificate);
    const tls = { ca, cert: text(client.certificate), key: text(client.privateKey) };
    const known = createEtcd3Storage({ endpoints: [own.endpoint], deps, tls });
    cleanUps.push(() => known.close());
    const watched = follow(known, '/registry/', 1);
    assert.equal((await known.put('/registry/a', text('x'), { expectedRevision: 0 })).succeeded, true);
    await watched.until(() => watched.changes.length === 1);
    const unknown = createEtcd3Storage({ endpoints: [own.endpoint], deps, tls: { ca }, timeoutMs: 200 });
    cleanUps.push(() => unknown.close());
    await assert.rejects(unknown.get('/registry/a'), StorageUnavailableError);
  });

  it('keeps several clusters apart by their prefix', async () => {
    const newOther = (prefix: string): Storage => {
      const storage = createEtcd3Storage({ endpoints: [etcd.endpoint], deps: newDeps(), prefix });
      cleanUps.push(() => storage.close());
      return storage;
    };
    const key = '/registry/pods/a/b';
    const [one, two] = [newOther('/one'), newOther('two/')];
    const watched = follow(one, '/registry/', await direct.currentRevision());
    await two.put(key, text('two'), { expectedRevision: 0 });
    await direct.put(key, text('registry'), { expectedRevision: 0 });
    await one.put(key, text('one'), { expectedRevision: 0 });
    await watched.until(() => watched.changes.length > 0);
    assert.deepEqual(
      watched.changes.map((change) => [change.key, change.value.toString()]),
      [[key, 'one']],
    );
    assert.equal((await two.get(key))?.value.toString(), 'two');
    assert.equal((await direct.get('/two/pods/a/b'))?.value.toString(), 'two');
    assert.deepEqual(
      (await one.range({ prefix: '/registry/' })).items.map((item) => item.key),
      [key],
    );
  });

  it('counts its requests under upstream names', async () => {
    const deps = newDeps();
    const storage = createEtcd3Storage({ endpoints: [etcd.endpoint], deps });
    cleanUps.push(() => storage.close());
    await storage.put('/registry/apps.example.com/widgets/a/b', text('x'), { expectedRevision: 0 });
    const metrics = await deps.metrics.metrics();
    assert.match(metrics, /etcd_requests_total\{operation="create",group="apps.example.com",resource="widgets"\} 1/);
    assert.match(metrics, /etcd_request_duration_seconds_bucket\{le="0.005",operation="create",/);
  });

  it('ends a watch whose revision a restored store has not reached', async () => {
    const own = await startEtcd();
    cleanUps.push(() => own.stop());
    const storage = newStorage(own.port);
    for (let i = 0; i < 5; i++) await storage.put(`/registry/${i}`, text('x'), { expectedRevision: 0 });
    const afterRevision = await storage.currentRevision();
    const { signal } = new AbortController();
    const watching = (async () => {
      for await (const { changes } of storage.watch({ prefix: '/registry/', afterRevision }, signal)) {
        assert.equal(changes.length, 1);
        await own.restart({ emptyData: true });
      }
    })();
    const failed = assert.rejects(watching, FutureRevisionError);
    await storage.put('/registry/wake', text('x'), { expectedRevision: 0 });
    await failed;
  });
});
