import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { componentNames } from '../../deploy/cluster-config.ts';
import { prometheusConfig } from '../../deploy/prometheus/prometheus-config.ts';
import { readClusterConfig } from '../../deploy/resolve-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { createTestCluster, freePorts, type TestCluster } from './support/cluster.ts';
import { run } from './support/run.ts';

interface Answer<T> {
  readonly data: T;
}

describe('Prometheus on a running cluster', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  let prometheus: ChildProcess;
  let folder: string;
  let url: string;

  const ask = async <T>(path: string): Promise<T> => ((await (await fetch(`${url}${path}`)).json()) as Answer<T>).data;

  before(async () => {
    cluster = await createTestCluster(114);
    await cluster.up(['--no-addons']);
    folder = mkdtempSync(join(tmpdir(), 'k8ts-prometheus-'));
    const configFile = join(folder, 'prometheus.yml');
    writeFileSync(configFile, prometheusConfig(readClusterConfig(cluster.dataDir)!, { scrapeInterval: '1s' }));
    await run('promtool', ['check', 'config', configFile]);
    const [port] = await freePorts(1);
    url = `http://127.0.0.1:${port}`;
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=error',
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
  });
  after(async () => {
    if (prometheus) {
      const ended = new Promise((resolve) => prometheus.once('exit', resolve));
      prometheus.kill('SIGKILL');
      await ended;
    }
    if (folder) rmSync(folder, { recursive: true, force: true });
    await cluster?.destroy();
  });

  it('finds every component up', async () => {
    type Target = { labels: { job: string }; health: string; lastError: string };
    await eventually('every target is up', async () => {
      const { activeTargets } = await ask<{ activeTargets: Target[] }>('/api/v1/targets?state=active');
      const down = activeTargets.filter((target) => target.health !== 'up');
      if (down.length > 0)
        throw new Error(
          down.map(({ labels, health, lastError }) => `${labels.job} is ${health}: ${lastError}`).join('; '),
        );
      return activeTargets.length === componentNames.length;
    });
  });

  it('reads metrics under the names that dashboards for Kubernetes use', async () => {
    for (const query of [
      'sum(apiserver_request_total)',
      'sum(apiserver_request_duration_seconds_count)',
      'sum(etcd_request_duration_seconds_count)',
      'sum(workqueue_adds_total)',
      'sum(scheduler_pending_pods)',
      'sum(kubelet_running_pods)',
      'sum(kubeproxy_sync_proxy_rules_duration_seconds_count)',
      'sum(process_resident_memory_bytes)',
    ]) {
      const value = await eventually(`${query} has a value`, async () => {
        const { result } = await ask<{ result: { value: [number, string] }[] }>(
          `/api/v1/query?query=${encodeURIComponent(query)}`,
        );
        return result[0]?.value[1];
      });
      assert.ok(Number(value) >= 0, `${query} is ${value}`);
    }
  });
});
