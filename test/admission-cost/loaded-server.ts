import { namespaces } from '../../api/resources/core/namespace.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import { roleBindings } from '../../api/resources/rbac/role-binding.ts';
import { createLoadClient, type LoadClient } from '../../bench/load-client.ts';
import { measure } from '../../bench/measurement.ts';
import { withUsage } from '../../bench/process-usage.ts';
import { bearer, fixedCredential } from '../../client/credentials.ts';
import { systemClock as clock } from '../../component/clock.ts';
import { startApiServerProcess, type ApiServerProcess } from '../support/api-server-process.ts';
import { startEtcd, type Etcd } from '../support/etcd.ts';
import { eventually } from '../support/eventually.ts';
import { flagsOf, type Guards } from './guards.ts';

/** What some thousand creates came to. */
export interface Round {
  readonly perSecond: number;
  /** CPU time of the server for one of them, user and system. */
  readonly cpuMicroseconds: number;
}

/** An API server on an etcd of its own, and somebody who may create pods there but is no administrator. */
export interface LoadedServer {
  /** Creates pods in a new namespace, then removes them. Throws where one is refused. */
  round(load: {
    readonly count: number;
    readonly concurrency: number;
    readonly manifest: (index: number) => string;
  }): Promise<Round>;
  stop(): Promise<void>;
}

const loader = { namespace: 'default', name: 'loader' };

/** Starts both. The caller stops them. */
export async function startLoadedServer(guards: Guards): Promise<LoadedServer> {
  let etcd: Etcd | undefined;
  let server: ApiServerProcess | undefined;
  let load: LoadClient | undefined;
  const stop = async (): Promise<void> => {
    load?.close();
    await server?.stop();
    await etcd?.stop();
  };
  try {
    etcd = await startEtcd();
    const flags = flagsOf(guards);
    server = await startApiServerProcess({ etcd: etcd.endpoint, advertiseAddress: '192.0.2.1', flags });
    const { client, pid, url, certificateAuthority } = server;
    await client.create(serviceAccounts, { metadata: loader });
    const spec = { expirationSeconds: 24 * 3600 };
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    const at = { ...loader, subresource: 'token' };
    const { status } = await client.createSubresource<{ status: { token: string } }>(serviceAccounts, at, request);
    const credentials = fixedCredential(bearer(status.token));
    load = await createLoadClient(
      { server: url, certificateAuthority, credentials, namespace: 'default' },
      { connections: 4, http1: false },
    );
    const sender = load;
    let made = 0;
    return {
      async round({ count, concurrency, manifest }) {
        const namespace = `round-${made++}`;
        // A namespace as careful people have it: its pods are looked at.
        const labels = { 'pod-security.kubernetes.io/enforce': 'baseline' };
        await client.create(namespaces, { metadata: { name: namespace, labels } });
        await client.create(serviceAccounts, { metadata: { namespace, name: 'default' } });
        // What `edit` is made of, where a controller aggregates it; none runs here.
        await client.create(roleBindings, {
          metadata: { namespace, name: 'loader' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:aggregate-to-edit' },
          subjects: [{ kind: 'ServiceAccount', ...loader }],
        });
        const path = `/api/v1/namespaces/${namespace}/pods`;
        // Rights hold once the server has heard of its own write.
        await eventually('the loader may create pods', async () => {
          const tried = {
            method: 'POST',
            path: `${path}?dryRun=All`,
            body: manifest(0),
            contentType: 'application/json',
          };
          return (await sender.send(tried)).status === 201;
        });
        const { result, usage } = await withUsage([pid], clock, () =>
          measure({ count, concurrency, clock }, async (index) => {
            const sent = { method: 'POST', path, body: manifest(index), contentType: 'application/json' };
            const { status, bytes, body } = await sender.send(sent);
            return status === 201 ? { bytes } : { bytes, failure: `${status} ${body?.toString() ?? ''}` };
          }),
        );
        if (result.failed > 0) throw new Error(`${result.failed} of ${count} creates failed: ${result.firstFailure}`);
        await client.deleteCollection(pods, { namespace }, { gracePeriodSeconds: 0 });
        return { perSecond: result.perSecond, cpuMicroseconds: (usage!.cpuSeconds * 1e6) / count };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
