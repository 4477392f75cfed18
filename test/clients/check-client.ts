import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { busyboxImage } from '../e2e/support/images.ts';
import { createNodeClient } from '../e2e/support/node-client.ts';
import { run } from '../e2e/support/run.ts';
import { isReady, podOf } from '../e2e/support/workloads.ts';
import type { TestCluster } from '../e2e/support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { lastingFolder } from '../support/lasting-folder.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { checks, type Check, type ProgramClient } from './client.ts';
import { startControlServer, type ControlServer } from './control-server.ts';

/** Where packages of clients are kept from one run to the next. */
const cacheFolder = lastingFolder('k8ts-clients');
const prepareTimeoutMs = 25 * 60_000;
const checkTimeoutMs = 120_000;

/** Registers the checks of a client as a suite, each in a process of its own, behind a proxy that can be cut. */
export function checkClient(client: ProgramClient, clusterOf: () => TestCluster): void {
  describe(client.name, function () {
    this.timeout(prepareTimeoutMs);
    const missing = client.missing();
    if (missing !== undefined) {
      it.skip(`skipped: ${missing}`);
      return;
    }
    const namespace = `client-${client.name}`;
    const folder = join(cacheFolder, client.name);
    let command: readonly string[] = [];
    let proxy: TcpProxy;
    let control: ControlServer;
    let place = '';

    before(async () => {
      mkdirSync(folder, { recursive: true });
      command = await client.prepare(folder);
      const { kubeconfig } = clusterOf();
      const text = readFileSync(kubeconfig, 'utf8');
      const port = Number(/server: "?https:\/\/127\.0\.0\.1:(\d+)/.exec(text)![1]);
      proxy = await startTcpProxy(port);
      control = await startControlServer({ cut: () => proxy.cut(), restart: () => restartApiServer(clusterOf()) });
      place = mkdtempSync(join(tmpdir(), 'k8ts-client-'));
      writeFileSync(join(place, 'kubeconfig'), text.replace(`127.0.0.1:${port}`, `127.0.0.1:${proxy.port}`), {
        mode: 0o600,
      });
      const { core } = createNodeClient(kubeconfig);
      await core.createNamespace({ body: { metadata: { name: namespace } } });
      await eventually('the default service account is there', async () =>
        core.readNamespacedServiceAccount({ namespace, name: 'default' }),
      );
      await core.createNamespacedPod({ namespace, body: podOf('shell', busyboxImage, { command: ['sleep', '3600'] }) });
      await eventually('the pod is ready', async () =>
        isReady(await core.readNamespacedPod({ namespace, name: 'shell' })),
      );
    });
    after(async () => {
      await control?.stop();
      await proxy?.stop();
      await createNodeClient(clusterOf().kubeconfig).core.deleteNamespace({ name: namespace });
      rmSync(place, { recursive: true, force: true });
    });

    for (const [check, promise] of Object.entries(checks) as [Check, string][]) {
      const lack = client.lacks?.[check];
      if (lack !== undefined) {
        it.skip(`${promise} (skipped: ${lack})`);
        continue;
      }
      it(promise, async () => {
        const [program, ...args] = command;
        const ran = await run(program!, [...args, check], {
          env: {
            ...client.env,
            KUBECONFIG: join(place, 'kubeconfig'),
            NAMESPACE: namespace,
            POD: 'shell',
            CONTROL: control.url,
          },
          mayFail: true,
          timeoutMs: checkTimeoutMs,
        });
        assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}`);
      });
    }
  });
}

async function restartApiServer(cluster: TestCluster): Promise<void> {
  const pid = cluster.pidOf('kube-apiserver');
  process.kill(pid, 'SIGKILL');
  await eventually('kube-apiserver is ready again', async () => {
    const { stdout } = await cluster.k8ts(['status', '-o', 'json'], { mayFail: true });
    const { components } = JSON.parse(stdout) as { components: { name: string; state: string; pid: number }[] };
    const now = components.find(({ name }) => name === 'kube-apiserver')!;
    return now.state === 'ready' && now.pid !== pid;
  });
}
