import { createServer } from 'node:net';
import type { ClusterConfig, ClusterPaths, ComponentName } from './cluster-config.ts';
import { readSupervisorState } from './supervisor.ts';
import { isAlive } from './process-identity.ts';
import { SetupError } from './setup/step.ts';

/** The TCP ports a component listens on, and the flag of `k8ts up` that moves each. */
function portsOf(config: ClusterConfig): Record<ComponentName, (readonly [port: number, flag: string])[]> {
  const { ports } = config;
  return {
    etcd: [
      [ports.etcd, '--etcd-port'],
      [ports.etcdPeer, '--etcd-peer-port'],
    ],
    'kube-apiserver': [[ports.apiserver, '--apiserver-port']],
    'kube-controller-manager': [[ports.controllerManager, '--controller-manager-port']],
    'kube-scheduler': [[ports.scheduler, '--scheduler-port']],
    kubelet: [
      [ports.kubelet, '--kubelet-port'],
      [ports.kubeletHealthz, '--kubelet-healthz-port'],
    ],
    'kube-proxy': [
      [ports.proxyHealthz, '--proxy-healthz-port'],
      [ports.proxyMetrics, '--proxy-metrics-port'],
    ],
  };
}

/** Fails before anything is started where somebody else has a port that a component needs, with the flag that chooses another. */
export async function freePorts(config: ClusterConfig, paths: ClusterPaths): Promise<void> {
  const table = portsOf(config);
  const { components } = readSupervisorState(paths);
  for (const name of config.components) {
    const identity = components[name]?.identity;
    if (identity && isAlive(identity)) continue; // left behind by a killed supervisor: it will be taken over
    for (const [port, flag] of table[name]) {
      if (!(await isFree(port)))
        throw new SetupError(
          `port ${port}, which ${name} needs, is taken: choose another with ${flag}, or stop who has it (ss -ltnp 'sport = :${port}')`,
        );
    }
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}
