import { camelCase } from '../../component/flags.ts';
import {
  componentNames,
  defaultDataDir,
  defaultPorts,
  type ClusterPorts,
  type ComponentName,
} from '../../deploy/cluster-config.ts';
import { createProgress } from '../../deploy/progress.ts';
import { setUpHost } from '../../deploy/set-up-host.ts';
import { up } from '../../deploy/up.ts';
import type { CliCommand } from '../command.ts';
import { connect } from '../connect.ts';
import { upHints } from '../up-hints.ts';

type Options = {
  dataDir: string;
  only?: string[];
  without?: string[];
  nodeName?: string;
  nodeIp?: string;
  clusterDomain?: string;
  serviceClusterIpRange?: string;
  etcdListenClientUrls?: string[];
  etcdListenPeerUrls?: string[];
  audit?: boolean;
  addons: boolean;
  setup: boolean;
} & Partial<Record<keyof typeof portFlags, number>>;

/** Each port has a flag of its own, so that two clusters can run side by side. */
const portFlags = {
  etcdPort: { flag: '--etcd-port', port: 'etcd' },
  etcdPeerPort: { flag: '--etcd-peer-port', port: 'etcdPeer' },
  apiserverPort: { flag: '--apiserver-port', port: 'apiserver' },
  controllerManagerPort: { flag: '--controller-manager-port', port: 'controllerManager' },
  schedulerPort: { flag: '--scheduler-port', port: 'scheduler' },
  kubeletPort: { flag: '--kubelet-port', port: 'kubelet' },
  kubeletHealthzPort: { flag: '--kubelet-healthz-port', port: 'kubeletHealthz' },
  proxyHealthzPort: { flag: '--proxy-healthz-port', port: 'proxyHealthz' },
  proxyMetricsPort: { flag: '--proxy-metrics-port', port: 'proxyMetrics' },
} as const satisfies Record<string, { flag: string; port: keyof ClusterPorts }>;

const list = (text: string): string[] => text.split(',').filter(Boolean);
const also = (text: string, before: readonly string[] = []): string[] => [...before, `--${text.replace(/^--/, '')}`];
const port = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 65_535)
    throw new Error(`"${text}" is not a port: give a number from 1 to 65535`);
  return value;
};

export const upCommand: CliCommand = {
  name: 'up',
  register(program, deps) {
    const command = program
      .command('up')
      .description('Bring up a whole cluster on this host and leave it running')
      .option('--data-dir <dir>', 'where the cluster keeps its state', defaultDataDir)
      .option('--only <components>', `start only these, by comma: ${componentNames.join(',')}`, list)
      .option('--without <components>', 'start all but these', list)
      .option('--node-name <name>', "the node's name (default: the host's)")
      .option('--node-ip <address>', "the node's address (default: the host's first)")
      .option('--cluster-domain <domain>', 'the DNS domain of the cluster (default: cluster.local)')
      .option('--service-cluster-ip-range <cidr>', 'addresses of services (default: 10.96.0.0/16)')
      .option(
        '--etcd-listen-client-urls <urls>',
        'where etcd listens for clients besides the loopback, by comma: https://ADDRESS:PORT',
        list,
      )
      .option('--etcd-listen-peer-urls <urls>', 'where it listens for other members', list)
      .option('--audit', 'write an audit log, by audit-policy.yaml in the data directory')
      .option('--no-addons', 'leave out the add-ons (cluster DNS)')
      .option('--no-setup', 'do not install what the host lacks');
    for (const { flag, port: name } of Object.values(portFlags))
      command.option(`${flag} <port>`, `(default: ${defaultPorts[name]})`, port);
    for (const name of componentNames)
      command.option(`--${name}-arg <flag=value>`, `a further flag of ${name}; may be given several times`, also);
    command.action(async (options: Options) => {
      const progress = await createProgress(deps.stderr);
      if (options.setup) await setUpHost('cluster', { clock: deps.clock, progress });
      const ports = Object.fromEntries(
        Object.entries(portFlags).flatMap(([key, { port: name }]) => {
          const value = options[key as keyof typeof portFlags];
          return value === undefined ? [] : [[name, value]];
        }),
      );
      const config = await up(
        { ...options, ports, extraArgs: extraArgsOf(options) },
        { ...deps, progress, connect: (file) => connect({ kubeconfig: file }, deps) },
      );
      if (config.components.includes('kube-apiserver')) deps.stdout.write(upHints(config));
    });
  },
};

/** The flags of `--COMPONENT-arg`; undefined where none is given, for what was said earlier. */
function extraArgsOf(options: object): Partial<Record<ComponentName, readonly string[]>> | undefined {
  const given = options as Readonly<Record<string, readonly string[] | undefined>>;
  const args = componentNames.flatMap((name) => {
    const values = given[camelCase(`${name}-arg`)];
    return values ? [[name, values] as const] : [];
  });
  return args.length > 0 ? Object.fromEntries(args) : undefined;
}
