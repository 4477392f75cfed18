import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { clusterPaths } from './cluster-config.ts';
import { resolveCluster } from './resolve-cluster.ts';

describe('resolveCluster', () => {
  let dataDir: string;
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'k8ts-resolve-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('has every component on the ports of upstream where nothing is said', () => {
    const config = resolveCluster({ dataDir });
    assert.deepEqual(config.components, [
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kubelet',
      'kube-proxy',
    ]);
    assert.equal(config.ports.apiserver, 6443);
  });

  it('starts a part with only and without, in the order of a start', () => {
    assert.deepEqual(resolveCluster({ dataDir, only: ['kube-apiserver', 'etcd'] }).components, [
      'etcd',
      'kube-apiserver',
    ]);
    assert.ok(!resolveCluster({ dataDir, without: ['kube-scheduler'] }).components.includes('kube-scheduler'));
  });

  it('names the choices when a component is misspelt', () => {
    assert.throws(
      () => resolveCluster({ dataDir, only: ['apiserver'] }),
      /no component "apiserver": choose from etcd, kube-apiserver/,
    );
  });

  it('remembers ports and names of the data directory, and what is said now goes before', () => {
    const first = resolveCluster({ dataDir, ports: { apiserver: 7443, etcd: 3379 }, nodeName: 'one' });
    writeFileSync(clusterPaths(dataDir).configFile, JSON.stringify(first));
    const second = resolveCluster({ dataDir, ports: { etcd: 4379 } });
    assert.deepEqual([second.ports.apiserver, second.ports.etcd, second.nodeName], [7443, 4379, 'one']);
  });
});
