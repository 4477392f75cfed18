import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { leases } from '../../api/resources/coordination/lease.ts';
import type { Lease } from '../../api/schema/generated/coordination-v1.ts';
import { formatMicroTime } from '../../component/clock.ts';
import { startInProcessApiServer } from '../../test/support/in-process-api-server.ts';
import { testDeps } from '../../test/support/api-server.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import { removeExpiredIdentities } from './identity-lease-garbage-collector.ts';
import { identityLabel, namespace } from './identity-lease.ts';

describe('identity lease garbage collector', () => {
  it('removes the leases of servers that are gone, and no others', async () => {
    const api = await startInProcessApiServer();
    try {
      const deps = testDeps();
      const lease = (name: string, ageMs: number, labels: Record<string, string>): Lease => ({
        metadata: { namespace, name, labels },
        spec: { leaseDurationSeconds: 3600, renewTime: formatMicroTime(deps.clock.now() - ageMs) },
      });
      const server = { [identityLabel]: 'kube-apiserver' };
      for (const made of [
        lease('gone', 3_700_000, server),
        lease('alive', 3_500_000, server),
        lease('other', 3_700_000, {}),
      ])
        // prettier-ignore
        await api.client.create(leases, made);
      const names = async (): Promise<string[]> =>
        (await api.client.list(leases, { namespace })).items.map(({ metadata }) => metadata.name!).sort();
      const before = await names();
      const { items } = await api.client.list(leases, { namespace });
      const reader = { list: () => items } as unknown as CacheReader;
      await removeExpiredIdentities({ ...deps, client: api.client, reader });
      assert.deepEqual(await names(), before.filter((name) => name !== 'gone')); // prettier-ignore
    } finally {
      await api.stop();
    }
  });
});
