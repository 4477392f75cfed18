import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, type Ran } from './run.ts';

const launcher = fileURLToPath(new URL('../../../bin/k8ts.mjs', import.meta.url));

/** A cluster of the tests' own: free ports, its own data directory, service range and chains, so that it meets no other. */
export interface TestCluster {
  readonly dataDir: string;
  readonly kubeconfig: string;
  readonly nodeName: string;
  /** `k8ts ARGS` on this cluster's data directory. */
  k8ts(args: readonly string[], options?: { mayFail?: boolean }): Promise<Ran>;
  up(args?: readonly string[]): Promise<Ran>;
  down(): Promise<Ran>;
  pidOf(component: string): number;
  log(component: string): string;
  /** Stops everything and removes the data. */
  destroy(): Promise<void>;
}

const portFlags = [
  'etcd-port',
  'etcd-peer-port',
  'apiserver-port',
  'controller-manager-port',
  'scheduler-port',
  'kubelet-port',
  'kubelet-healthz-port',
  'proxy-healthz-port',
  'proxy-metrics-port',
];

/** Makes the cluster's place; nothing runs until `up`. `serviceNet` keeps clusters of one host apart: 10.N.0.0/16. */
export async function createTestCluster(serviceNet: number): Promise<TestCluster> {
  const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-e2e-'));
  const ports = await freePorts(portFlags.length);
  const nodeName = `node-${serviceNet}`;
  const flags = [
    ...portFlags.map((flag, i) => `--${flag}=${ports[i]}`),
    `--service-cluster-ip-range=10.${serviceNet}.0.0/16`,
    `--node-name=${nodeName}`,
    '--no-setup',
  ];
  const k8ts: TestCluster['k8ts'] = (args, options) =>
    run(process.execPath, [launcher, ...args, `--data-dir=${dataDir}`], options);
  return {
    dataDir,
    nodeName,
    kubeconfig: join(dataDir, 'admin.kubeconfig'),
    k8ts,
    up: (args = []) => k8ts(['up', ...flags, ...args]),
    down: () => k8ts(['down']),
    pidOf: (component) => Number(readFileSync(join(dataDir, 'run', `${component}.pid`), 'utf8')),
    log: (component) => readFileSync(join(dataDir, 'logs', `${component}.log`), 'utf8'),
    destroy: async () => {
      await k8ts(['down', '--purge'], { mayFail: true });
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Ports that nobody listens on now. They are held together while they are looked for, so that all differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<ReturnType<typeof createServer>>((resolve, reject) => {
          const server = createServer();
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
