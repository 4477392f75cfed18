import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { ApiError, hasReason } from '../../api/meta/errors.ts';
import type { KubeObject } from '../../api/meta/object.ts';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { resourceQuotas } from '../../api/resources/core/resource-quota.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import { services } from '../../api/resources/core/service.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Client } from '../../client/client.ts';
import { startApiServerProcess, type ApiServerProcess } from '../support/api-server-process.ts';
import { startEtcd, type Etcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';
import { testPod } from '../support/scheduler-objects.ts';
import { startWatchLog, type WatchLog } from '../support/watch-log.ts';

const namespace = 'limited';
const creators = 64;
const quota = { namespace, name: 'all' };
/** The CPU is the tighter of the two limits of pods. */
const hard = { pods: '30', 'requests.cpu': '2500m', services: '15', 'count/configmaps': '20' };

/** What is limited, how much of it there may be, and one of it. */
const kinds: readonly [row: ResourceRow, limit: number, make: (name: string) => KubeObject][] = [
  [pods as unknown as ResourceRow, 25, (name) => testPod(name, { requests: { cpu: '100m' }, metadata: { name, namespace } })],
  [services as unknown as ResourceRow, 15, (name) => ({ metadata: { name, namespace }, spec: { clusterIP: 'None', ports: [{ port: 80 }] } }) as KubeObject],
  [configMaps as unknown as ResourceRow, 20, (name) => ({ metadata: { name, namespace } })],
]; // prettier-ignore

describe('a quota under many creators at two API servers', function () {
  this.timeout(120_000);
  let etcd: Etcd;
  let servers: ApiServerProcess[] = [];
  let clients: Client[];
  let made = 0;

  before(async () => {
    etcd = await startEtcd();
    servers = await Promise.all(
      ['192.0.2.1', '192.0.2.2'].map((advertiseAddress) =>
        startApiServerProcess({ etcd: etcd.endpoint, advertiseAddress }),
      ),
    );
    clients = servers.map(({ client }) => client);
    await clients[0]!.create(namespaces, { metadata: { name: namespace } });
    await clients[0]!.create(serviceAccounts, { metadata: { name: 'default', namespace } });
    await clients[0]!.create(resourceQuotas, { metadata: quota, spec: { hard } });
    await recount();
    // What a server has not heard of it cannot hold anybody to.
    await eventually('both servers know the quota', async () => {
      const known = await Promise.all(clients.map((client) => client.get(resourceQuotas, quota, { resourceVersion: '0' })));
      return known.every(({ status }) => status?.used?.['pods'] !== undefined);
    }); // prettier-ignore
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await etcd?.stop();
  });

  /** What the quota controller does: the limits, and what is there. */
  async function recount(): Promise<void> {
    for (;;) {
      const current = await clients[0]!.get(resourceQuotas, quota);
      const [podCount, serviceCount, mapCount] = await Promise.all(
        kinds.map(async ([row]) => (await clients[0]!.list(row, { namespace })).items.length),
      );
      const used = { pods: `${podCount}`, 'requests.cpu': `${podCount! * 100}m`, services: `${serviceCount}`, 'count/configmaps': `${mapCount}` }; // prettier-ignore
      try {
        await clients[0]!.update(resourceQuotas, { ...current, status: { hard, used } }, { subresource: 'status' });
        return;
      } catch (error) {
        if (!hasReason(error, 'Conflict')) throw error;
      }
    }
  }

  /** Each creates until the quota says no, at both servers in turn; a server that lost too many races is asked again. */
  async function fill(): Promise<void> {
    const create = async (worker: number): Promise<void> => {
      const [row, , make] = kinds[worker % kinds.length]!;
      for (let turn = worker; ; turn++) {
        try {
          await clients[turn % clients.length]!.create(row, make(`x-${made++}`));
        } catch (error) {
          if (isFull(error)) return;
          if (!isLostRace(error)) throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: creators }, (_, worker) => create(worker)));
  }

  /** The most that were there at once, by the order of the store. */
  function peakOf(log: WatchLog<KubeObject>, before: number): number {
    let count = before;
    let peak = before;
    for (const { type } of log.events) {
      if (type === 'ADDED') count++;
      if (type === 'DELETED') count--;
      peak = Math.max(peak, count);
    }
    return peak;
  }

  async function watched(act: () => Promise<void>): Promise<number[]> {
    const logs = await Promise.all(
      kinds.map(async ([row]) => {
        const { metadata, items } = await clients[0]!.list(row, { namespace });
        const from = metadata.resourceVersion!;
        return { row, before: items.length, log: startWatchLog({ name: row.plural, client: () => clients[1]!, row, from }) };
      }),
    ); // prettier-ignore
    try {
      await act();
      for (const { row, log } of logs) {
        const { items } = await clients[0]!.list(row, { namespace });
        for (const { metadata } of items)
          if (!log.events.length || Number(metadata.resourceVersion) > Number(log.events[0]!.object.metadata.resourceVersion))
            await log.sees(metadata.name!); // prettier-ignore
      }
      return logs.map(({ log, before }) => peakOf(log, before));
    } finally {
      await Promise.all(logs.map(({ log }) => log.stop()));
    }
  }

  const limits = kinds.map(([, limit]) => limit);
  const there = (): Promise<number[]> =>
    Promise.all(kinds.map(async ([row]) => (await clients[1]!.list(row, { namespace })).items.length));

  it('is filled, and never exceeded by one', async () => {
    assert.deepEqual(await watched(fill), limits);
    assert.deepEqual(await there(), limits);
    const { status } = await clients[1]!.get(resourceQuotas, quota);
    assert.deepEqual(status!.used, { pods: '25', 'requests.cpu': '2500m', services: '15', 'count/configmaps': '20' });
  });

  it('is filled again, and no more, once some have gone and it is counted anew', async () => {
    for (const [row] of kinds) {
      const { items } = await clients[0]!.list(row, { namespace });
      const options = row.plural === 'pods' ? { gracePeriodSeconds: 0 } : {};
      await Promise.all(items.slice(0, 10).map(({ metadata }) => clients[1]!.delete(row, { namespace, name: metadata.name! }, options))); // prettier-ignore
    }
    assert.deepEqual(
      await there(),
      limits.map((limit) => limit - 10),
    );
    await recount();
    assert.deepEqual(await watched(fill), limits);
    assert.deepEqual(await there(), limits);
  });

  it('is left alone by what is refused, and by dry runs', async () => {
    const before = await clients[0]!.get(resourceQuotas, quota);
    await fill();
    for (const [row, , make] of kinds)
      await assert.rejects(clients[0]!.create(row, make('dry'), { dryRun: true }), (error) => isFull(error));
    const { status, metadata } = await clients[0]!.get(resourceQuotas, quota);
    assert.deepEqual(status, before.status);
    assert.equal(metadata.resourceVersion, before.metadata.resourceVersion);
  });
});

function isFull(error: unknown): boolean {
  return hasReason(error, 'Forbidden') && /exceeded quota: all/.test((error as Error).message);
}

/** Another server changed the quota four times in a row: upstream tells the client so, too. */
function isLostRace(error: unknown): boolean {
  return (
    error instanceof ApiError && error.reason === 'InternalError' && /resource quota evaluation/.test(error.message)
  );
}
