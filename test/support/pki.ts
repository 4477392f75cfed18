import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, type FakeClock } from '../../component/fake-clock.ts';
import { systemRandom } from '../../component/random.ts';
import type { ClusterConfig } from '../../deploy/cluster-config.ts';
import { resolveCluster, type UpOptions } from '../../deploy/resolve-cluster.ts';

/** The place of a cluster that does not run, with TLS for etcd, with a clock that a test turns. The caller removes it. */
export interface TestDataDir {
  readonly config: ClusterConfig;
  readonly deps: { readonly clock: FakeClock; readonly random: typeof systemRandom };
  remove(): void;
}

/**
 * A folder of its own below the system's temporary one, still empty; the clock says 1 June 2026. `options` go before
 * the node's name and address and the URLs of etcd that it sets.
 */
export function createTestDataDir(options: Omit<UpOptions, 'dataDir'> = {}): TestDataDir {
  const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-data-'));
  const clock = createFakeClock({ startMs: Date.UTC(2026, 5, 1) });
  return {
    config: resolveCluster({
      dataDir,
      nodeName: 'node-a',
      nodeIp: '192.0.2.7',
      etcdListenClientUrls: ['https://127.0.0.1:2379'],
      etcdListenPeerUrls: ['https://127.0.0.1:2380'],
      ...options,
    }),
    deps: { clock, random: systemRandom },
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  };
}
