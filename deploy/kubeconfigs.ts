import { mkdir, readFile } from 'node:fs/promises';
import { dump } from 'js-yaml';
import { parseKubeconfig } from '../client/kubeconfig.ts';
import { writeFileAtomic } from '../component/atomic-file.ts';
import type { KeyPair } from '../component/certificates.ts';
import { clusterPaths, type ClusterConfig, type ClusterPaths } from './cluster-config.ts';

/** Which components have a kubeconfig in the data directory, and what their user is called in it. */
export const componentUsers = [
  { component: 'kube-controller-manager', user: 'system:kube-controller-manager' },
  { component: 'kube-scheduler', user: 'system:kube-scheduler' },
  { component: 'kube-proxy', user: 'system:kube-proxy' },
  { component: 'kubelet', user: 'system:node' },
] as const;

/**
 * Writes the kubeconfigs of the components, all 0600. They name the files of their certificates, which components read
 * again, so that a renewed one is taken up without a restart.
 */
export async function writeKubeconfigs(config: ClusterConfig): Promise<void> {
  const paths = clusterPaths(config.dataDir);
  await mkdir(paths.kubeconfigs, { recursive: true, mode: 0o700 });
  for (const { component, user } of componentUsers) {
    const text = await kubeconfig(config, user, clientFiles(paths, component));
    await writeFileAtomic(paths.kubeconfig(component), text, { mode: 0o600 });
  }
}

function clientFiles(paths: ClusterPaths, component: string): Record<string, string> {
  const isKubelet = component === 'kubelet'; // it keeps certificate and key in one file
  return {
    'client-certificate': isKubelet ? paths.kubeletClientFile : paths.pkiFile(`${component}-client.crt`),
    'client-key': isKubelet ? paths.kubeletClientFile : paths.pkiFile(`${component}-client.key`),
  };
}

/** A kubeconfig with the pair inside, so that it can be carried elsewhere. */
export async function kubeconfigWithPair(config: ClusterConfig, user: string, pair: KeyPair): Promise<string> {
  return kubeconfig(config, user, {
    'client-certificate-data': Buffer.from(pair.certificate).toString('base64'),
    'client-key-data': Buffer.from(pair.privateKey).toString('base64'),
  });
}

/** The pair inside a kubeconfig, of its current context's user; undefined where there is no such file, or no pair in it. */
export async function pairOfKubeconfig(file: string): Promise<KeyPair | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { contexts, users, currentContext } = parseKubeconfig(text, file);
  const user = users.get(contexts.get(currentContext)?.user ?? '');
  const certificate = user?.['client-certificate-data'];
  const privateKey = user?.['client-key-data'];
  if (!certificate || !privateKey) return undefined;
  return {
    certificate: Buffer.from(certificate, 'base64').toString(),
    privateKey: Buffer.from(privateKey, 'base64').toString(),
  };
}

async function kubeconfig(config: ClusterConfig, user: string, credentials: object): Promise<string> {
  const { pkiFile } = clusterPaths(config.dataDir);
  const context = `${user}@k8ts`;
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'k8ts',
        cluster: {
          server: `https://127.0.0.1:${config.ports.apiserver}`,
          'certificate-authority-data': (await readFile(pkiFile('ca.crt'))).toString('base64'),
        },
      },
    ],
    users: [{ name: user, user: credentials }],
    contexts: [{ name: context, context: { cluster: 'k8ts', user } }],
    'current-context': context,
  });
}
