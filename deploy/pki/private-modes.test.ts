import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { closePaths, openPaths } from './private-modes.ts';

describe('closePaths', () => {
  let dataDir: string;
  const modeOf = (name: string): number => statSync(join(dataDir, name)).mode & 0o777;
  const put = (name: string, mode: number): void => {
    writeFileSync(join(dataDir, name), '');
    chmodSync(join(dataDir, name), mode);
  };
  const folder = (name: string, mode: number): void => {
    mkdirSync(join(dataDir, name), { recursive: true });
    chmodSync(join(dataDir, name), mode);
  };

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'k8ts-modes-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('takes from others what they may do, and says what it was', () => {
    folder('pki', 0o755);
    folder('pki/etcd', 0o750);
    folder('kubeconfigs', 0o700);
    folder('etcd', 0o755);
    folder('kubelet/pki', 0o755);
    put('pki/ca.key', 0o644);
    put('pki/ca.crt', 0o600);
    put('pki/etcd/ca.key', 0o640);
    put('kubeconfigs/kube-proxy.kubeconfig', 0o604);
    put('kubelet/pki/kubelet-client-1.pem', 0o666);
    symlinkSync('kubelet-client-1.pem', join(dataDir, 'kubelet/pki/kubelet-client-current.pem'));
    put('admin.kubeconfig', 0o644);
    put('cluster.json', 0o600);
    const changed = closePaths(dataDir).map(({ path, mode, wanted }) => [
      path.slice(dataDir.length + 1),
      mode.toString(8),
      wanted.toString(8),
    ]);
    assert.deepEqual(changed.toSorted(), [
      ['admin.kubeconfig', '644', '600'],
      ['etcd', '755', '700'],
      ['kubeconfigs/kube-proxy.kubeconfig', '604', '600'],
      ['kubelet/pki', '755', '700'],
      ['kubelet/pki/kubelet-client-1.pem', '666', '600'],
      ['pki', '755', '700'],
      ['pki/ca.key', '644', '600'],
      ['pki/etcd', '750', '700'],
      ['pki/etcd/ca.key', '640', '600'],
    ]);
    assert.deepEqual([modeOf('pki'), modeOf('pki/ca.key'), modeOf('admin.kubeconfig')], [0o700, 0o600, 0o600]);
    assert.deepEqual(openPaths(dataDir), []);
  });

  it('finds nothing where there is nothing', () => assert.deepEqual(closePaths(dataDir), []));
});
