import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { loadKubeconfig } from '../client/kubeconfig.ts';
import { certificateInfo } from '../component/certificate-info.ts';
import { createTestDataDir, type TestDataDir } from '../test/support/pki.ts';
import { clusterPaths } from './cluster-config.ts';
import { componentCommands } from './component-commands.ts';
import { componentUsers, writeKubeconfigs } from './kubeconfigs.ts';
import { ensurePki } from './pki/ensure-pki.ts';

describe('kubeconfigs of components', () => {
  let place: TestDataDir;
  beforeEach(async () => {
    place = createTestDataDir();
    await ensurePki(place.config, place.deps);
    await writeKubeconfigs(place.config);
  });
  afterEach(() => place.remove());

  it('make each a user of its own, none of them of the group system:masters', async () => {
    const { kubeconfig } = clusterPaths(place.config.dataDir);
    const found = [];
    for (const { component } of componentUsers) {
      const file = kubeconfig(component);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const { users, contexts, currentContext } = await loadKubeconfig({ path: file });
      const user = users.get(contexts.get(currentContext)!.user!)!;
      assert.equal(user['client-key-data'], undefined, 'keys stay in files that are read again');
      const { commonName, organizations } = await certificateInfo(readFileSync(user['client-certificate']!, 'utf8'));
      found.push([component, commonName, ...organizations]);
    }
    assert.deepEqual(found, [
      ['kube-controller-manager', 'system:kube-controller-manager'],
      ['kube-scheduler', 'system:kube-scheduler'],
      ['kube-proxy', 'system:kube-proxy', 'system:node-proxier'],
      ['kubelet', 'system:node:node-a', 'system:nodes'],
    ]);
  });

  it('are those that components are started with', () => {
    const { kubeconfig } = clusterPaths(place.config.dataDir);
    for (const { name, args } of componentCommands(place.config)) {
      const given = args.filter((arg) => /^--(\w+-)?kubeconfig=/.test(arg)).map((arg) => arg.split('=')[1]);
      const isUser = componentUsers.some(({ component }) => component === name);
      assert.deepEqual([...new Set(given)], isUser ? [kubeconfig(name)] : [], name);
    }
    const manager = componentCommands(place.config).find(({ name }) => name === 'kube-controller-manager')!;
    assert.ok(manager.args.includes('--use-service-account-credentials=true'));
  });
});
