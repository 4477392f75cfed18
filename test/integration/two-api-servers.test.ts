import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { hasReason } from '../../api/meta/errors.ts';
import type { KubeObject } from '../../api/meta/object.ts';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { endpoints } from '../../api/resources/core/endpoints.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { services } from '../../api/resources/core/service.ts';
import { ipAddresses } from '../../api/resources/networking/ip-address.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { defaultConfig } from '../../apiserver/config.ts';
import { ipAddressOf } from '../../apiserver/service-allocation/cluster-ip-allocator.ts';
import { createNodePortAllocator } from '../../apiserver/service-allocation/node-port-allocator.ts';
import { createServiceRepair } from '../../apiserver/service-allocation/service-repair.ts';
import { compactRevisionKey } from '../../apiserver/storage/compactor.ts';
import { createEtcd3Storage } from '../../apiserver/storage/etcd3-storage/etcd3-storage.ts';
import { createCacheReader } from '../../apiserver/storage/watch-cache-reader.ts';
import { createDigest } from '../../apiserver/rest/digest.ts';
import { resources } from '../../api/resources/index.ts';
import type { Storage } from '../../apiserver/storage/storage.ts';
import { createWatchCache } from '../../apiserver/storage/watch-cache.ts';
import type { Client } from '../../client/client.ts';
import { createSeededRandom } from '../../component/seeded-random.ts';
import { startApiServerProcess, type ApiServerProcess } from '../support/api-server-process.ts';
import { testDeps } from '../support/api-server.ts';
import { startEtcd, type Etcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';
import { startInProcessApiServer } from '../support/in-process-api-server.ts';
import { lineOf, loadNamespaces, loadRows, runObjectLoad } from '../support/object-load.ts';
import { allocationsOf, runServiceLoad, serviceNamespace } from '../support/service-load.ts';
import { startWatchLog, type WatchLog } from '../support/watch-log.ts';

/** `K8TS_LOAD=20000 K8TS_SEED=7 npm test -- test/integration/two-api-servers.test.ts` for a longer run, or the same one again. */
const operations = Number(process.env['K8TS_LOAD'] ?? 1200);
const seed = Number(process.env['K8TS_SEED'] ?? 1);
const flags = ['--service-cluster-ip-range=10.97.0.0/22,fd00:97::/112', '--etcd-compaction-interval=3s'];
const addresses = ['192.0.2.1', '192.0.2.2'] as const;

describe(`two API servers on one etcd (seed ${seed})`, function () {
  this.timeout(60_000 + operations * 60);
  const random = createSeededRandom(seed);
  let etcd: Etcd;
  let storage: Storage;
  let servers: ApiServerProcess[];
  let clients: Client[];
  let firstRevision: string;
  const started: { stop(): Promise<void> }[] = [];

  before(async () => {
    etcd = await startEtcd();
    storage = createEtcd3Storage({ endpoints: [etcd.endpoint], deps: testDeps() });
    servers = await Promise.all(
      addresses.map((advertiseAddress) => startApiServerProcess({ etcd: etcd.endpoint, advertiseAddress, flags })),
    );
    clients = servers.map(({ client }) => client);
    for (const name of loadNamespaces) await clients[0]!.create(namespaces, { metadata: { name } });
    firstRevision = (await clients[1]!.list(configMaps, {})).metadata.resourceVersion!;
  });
  after(async () => {
    await Promise.all(started.map((log) => log.stop()));
    await Promise.all((servers ?? []).map((server) => server.stop()));
    await storage?.close();
    await etcd?.stop();
  });

  /** Two watchers at each server, one of which is cut again and again. */
  async function startLogs<T extends KubeObject>(row: ResourceRow<T>): Promise<WatchLog<T>[]> {
    const { metadata } = await clients[0]!.list(row, {});
    const from = metadata.resourceVersion!;
    const logs = clients.flatMap((client, server) =>
      [undefined, () => 1 + Math.floor(random.next() * 40)].map((cutAfter) => {
        const name = `${row.plural} at server ${server}${cutAfter ? ', cut' : ''}`;
        return startWatchLog({ name, client: () => client, row, from, cutAfter });
      }),
    );
    started.push(...logs);
    return logs;
  }

  const lines = (log: WatchLog<KubeObject>): string[] =>
    log.events.map(({ type, object }) => `${type} ${lineOf(object)} ${object.metadata.uid}`);

  it('show every watcher the same order, lose no update and bring nothing back', async () => {
    const logs = await Promise.all(loadRows.map(async (row) => [row, await startLogs(row)] as const));
    const before = new Map<string, KubeObject[]>();
    for (const row of loadRows) before.set(row.plural, (await clients[0]!.list(row, {})).items);
    const outcome = await runObjectLoad(clients, { operations, workers: 16, random });
    assert.deepEqual(outcome.wrong, []);
    for (const [name, count] of outcome.increments) {
      const { data } = await clients[1]!.get(configMaps, { namespace: loadNamespaces[0], name });
      assert.equal(data!['n'], String(count), name);
    }
    for (const [row, all] of logs) {
      const last = { metadata: { namespace: loadNamespaces[0]!, name: 'last' } };
      const marker = await clients[0]!.create(row, last as KubeObject);
      await Promise.all(all.map((log) => log.sees(marker.metadata.name!)));
      await Promise.all(all.map((log) => log.stop()));
      const [reference, ...others] = all;
      const expected = lines(reference!);
      for (const log of others) assert.deepEqual(lines(log), expected, `${log.name} against ${reference!.name}`);

      const revisions = reference!.events.map(({ object }) => Number(object.metadata.resourceVersion));
      assert.ok(revisions.every((revision, i) => i === 0 || revision > revisions[i - 1]!), 'revisions rise'); // prettier-ignore
      const seen = new Set(revisions.map(String));
      const written = [...outcome.written].filter((line) => line.startsWith(`${row.plural} `));
      assert.deepEqual(written.filter((line) => !seen.has(line.split(' ')[1]!)), [], 'every acknowledged write is told'); // prettier-ignore
      const gone = new Set<string>();
      for (const { type, object } of reference!.events) {
        const { uid, name } = object.metadata;
        assert.ok(!gone.has(uid!), `${name} came back`);
        if (type === 'DELETED') gone.add(uid!);
      }
      for (const { revision, items } of outcome.lists.filter(({ plural }) => plural === row.plural)) {
        const replayed = new Map(before.get(row.plural)!.map((object) => [keyOf(object), lineOf(object)]));
        for (const { type, object } of reference!.events) {
          if (Number(object.metadata.resourceVersion) > Number(revision)) break;
          if (type === 'DELETED') replayed.delete(keyOf(object));
          else replayed.set(keyOf(object), lineOf(object));
        }
        assert.deepEqual([...replayed.values()].sort(), items, `${row.plural} at revision ${revision}`);
      }
    }
  });

  it('never give an address or a port to two services', async () => {
    const [log] = await startLogs(services);
    await runServiceLoad(clients, { operations: operations / 3, workers: 12, random, prefix: 'svc' });
    const last = { metadata: { namespace: serviceNamespace, name: 'last' }, spec: { ports: [{ port: 80 }] } };
    await clients[0]!.create(services, last);
    await log!.sees('last');
    await log!.stop();
    const holders = new Map<string, string>();
    const held = new Map<string, string[]>();
    for (const { type, object } of log!.events) {
      const name = object.metadata.name!;
      for (const allocation of held.get(name) ?? []) holders.delete(allocation);
      held.set(name, type === 'DELETED' ? [] : allocationsOf(object));
      for (const allocation of held.get(name)!) {
        assert.equal(holders.get(allocation), undefined, `${allocation} of ${name}, which another service has`);
        holders.set(allocation, name);
      }
    }
    await expectAllocationsToMatch();
  });

  it('go on when one dies, and take its address out of the service kubernetes', async () => {
    const [survivor, victim] = servers as [ApiServerProcess, ApiServerProcess];
    const published = async (): Promise<string[]> => {
      const found = await survivor.client.get(endpoints, { namespace: 'default', name: 'kubernetes' });
      return (found.subsets ?? []).flatMap((subset) => (subset.addresses ?? []).map(({ ip }) => ip));
    };
    await eventually('both are published', async () => (await published()).length === 2);
    const load = runServiceLoad(clients, { operations: operations / 3, workers: 12, random, prefix: 'dying' });
    await victim.kill();
    await load;
    servers = [survivor];
    clients = [survivor.client];
    const made = await survivor.client.create(configMaps, { metadata: { namespace: 'load-b', name: 'after' } });
    assert.equal((await survivor.client.get(configMaps, { namespace: 'load-b', name: 'after' })).metadata.uid, made.metadata.uid); // prettier-ignore
    // Fifteen seconds of the lease and ten until the survivor looks again.
    await eventually('only the survivor is published', async () => (await published()).join() === addresses[0]);
  });

  it('mend allocations that a dead server or anybody else left over', async () => {
    const client = clients[0]!;
    const victim = await client.create(services, {
      metadata: { namespace: serviceNamespace, name: 'robbed' },
      spec: { type: 'NodePort', ports: [{ port: 80 }] },
    });
    const port = victim.spec!.ports![0]!.nodePort!;
    const ports = createNodePortAllocator({ range: defaultConfig.serviceNodePortRange, storage, deps: testDeps() });
    await ports.release([port]);
    await client.delete(ipAddresses, { name: victim.spec!.clusterIP! });
    await ports.take([32_000, 32_001]);
    await client.create(ipAddresses, ipAddressOf('10.97.3.200', { namespace: serviceNamespace, name: 'never' }));

    const deps = testDeps({ clock: { ...testDeps().clock, now: () => Date.now() + 120_000 } });
    const cache = createWatchCache({ storage, deps, digest: createDigest(resources) });
    const stop = new AbortController();
    const running = cache.run(stop.signal);
    await cache.waitForSync();
    const rowOf = (ref: { group: string; version: string; plural: string }): ResourceRow | undefined =>
      resources.find(
        ({ group, version, plural }) => group === ref.group && version === ref.version && plural === ref.plural,
      );
    const reader = createCacheReader({ cache, storage, rowOf });
    const repair = createServiceRepair(
      { portRange: defaultConfig.serviceNodePortRange, client, cache: reader, storage },
      deps,
    );
    const leaked: boolean[] = [];
    for (let round = 0; round < 5; round++) {
      await repair.run();
      leaked.push((await ports.taken()).has(32_000));
      await cache.waitForRevision(await cache.consistentRevision(), { timeoutMs: 10_000 });
    }
    assert.deepEqual(leaked, [true, true, false, false, false]);
    stop.abort();
    await running;
    await expectAllocationsToMatch();
  });

  it('leave nothing allocated when all services are deleted', async () => {
    const client = clients[0]!;
    const { items } = await client.list(services, { namespace: serviceNamespace });
    await Promise.all(items.map(({ metadata }) => client.delete(services, { namespace: serviceNamespace, name: metadata.name! }))); // prettier-ignore
    const left = await expectAllocationsToMatch();
    assert.deepEqual(left, ['10.97.0.1'], 'that of the service kubernetes');
  });

  it('compact the store together, and refuse what is older', async () => {
    await eventually('the store is compacted past the first revision', async () => {
      const record = await storage.get(compactRevisionKey);
      return Number(record?.value.toString() ?? 0) > Number(firstRevision);
    });
    const cold = await startInProcessApiServer({ storage });
    try {
      const old = { resourceVersion: firstRevision };
      await assert.rejects(
        async () => {
          for await (const _event of cold.client.watch(configMaps, {}, old)) assert.fail('an event from before');
        },
        (error) => hasReason(error, 'Expired', 'Gone'),
      );
      for (const client of [cold.client, ...clients])
        await assert.rejects(client.list(configMaps, {}, { ...old, resourceVersionMatch: 'Exact' }), (error) =>
          hasReason(error, 'Expired', 'Gone'),
        );
    } finally {
      await cold.stop();
    }
  });

  /** What services use is exactly what is allocated, each once; answers it. */
  async function expectAllocationsToMatch(): Promise<string[]> {
    const { items } = await clients[0]!.list(services, {});
    const used = items.flatMap(allocationsOf).sort();
    assert.deepEqual(used, [...new Set(used)], 'used once');
    const held = (await clients[0]!.list(ipAddresses, {})).items.map(({ metadata }) => metadata.name!);
    const ports = createNodePortAllocator({ range: defaultConfig.serviceNodePortRange, storage, deps: testDeps() });
    const taken = [...(await ports.taken())].map(String);
    assert.deepEqual([...held, ...taken].sort(), used, 'allocated and used');
    return used;
  }
});

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name}`;
}
