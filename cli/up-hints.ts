import { clusterPaths, defaultDataDir, type ClusterConfig } from '../deploy/cluster-config.ts';

/** What a person is told once their cluster runs: how to use, watch and stop this one. */
export function upHints({ dataDir, ports }: Pick<ClusterConfig, 'dataDir' | 'ports'>): string {
  const where = dataDir === defaultDataDir ? '' : ` --data-dir ${quoted(dataDir)}`;
  const commands = [
    [`npx k8ts status${where}`, 'what runs'],
    [`npx k8ts logs${where} COMPONENT`, 'why it does not'],
    [`npx k8ts down${where}`, 'stop it all'],
  ] as const;
  const width = Math.max(...commands.map(([command]) => command.length)) + 4;
  return [
    '',
    `Your cluster runs at https://127.0.0.1:${ports.apiserver}. To use it:`,
    '',
    `  export KUBECONFIG=${quoted(clusterPaths(dataDir).adminKubeconfig)}`,
    '  kubectl get nodes        (or: npx k8ts get nodes)',
    '',
    ...commands.map(([command, why]) => `  ${command.padEnd(width)}${why}`),
    '',
  ].join('\n');
}

/** As a shell takes it for one word. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
