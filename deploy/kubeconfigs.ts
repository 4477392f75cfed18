import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dump } from 'js-yaml';
import { writeFileAtomic } from '../component/atomic-file.ts';
import { clusterPaths, type ClusterConfig } from './cluster-config.ts';

/** Who has a kubeconfig in the data directory: the file name, the client certificate's name in the PKI, the user's name. */
const users = [
  { file: 'kube-controller-manager', user: 'system:kube-controller-manager' },
  { file: 'kube-scheduler', user: 'system:kube-scheduler' },
  { file: 'kube-proxy', user: 'system:kube-proxy' },
  { file: 'kubelet', user: 'system:node' },
] as const;

/** Writes the kubeconfigs of the components and of the administrator (`admin.kubeconfig`), all 0600, certificates inside. */
export async function writeKubeconfigs(config: ClusterConfig): Promise<void> {
  const paths = clusterPaths(config.dataDir);
  await mkdir(paths.kubeconfigs, { recursive: true, mode: 0o700 });
  for (const { file, user } of users) {
    await writeFileAtomic(paths.kubeconfig(file), kubeconfig(config, `${file}-client`, user), { mode: 0o600 });
  }
  await writeFileAtomic(paths.adminKubeconfig, kubeconfig(config, 'admin-client', 'kubernetes-admin'), { mode: 0o600 });
}

function kubeconfig(config: ClusterConfig, certificate: string, user: string): string {
  const { pkiFile } = clusterPaths(config.dataDir);
  const base64 = (name: string): string => readFileSync(pkiFile(name)).toString('base64');
  const context = `${user}@k8ts`;
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'k8ts',
        cluster: {
          server: `https://127.0.0.1:${config.ports.apiserver}`,
          'certificate-authority-data': base64('ca.crt'),
        },
      },
    ],
    users: [
      {
        name: user,
        user: {
          'client-certificate-data': base64(`${certificate}.crt`),
          'client-key-data': base64(`${certificate}.key`),
        },
      },
    ],
    contexts: [{ name: context, context: { cluster: 'k8ts', user } }],
    'current-context': context,
  });
}
