import { existsSync, readFileSync } from 'node:fs';
import {
  clusterPaths,
  componentNames,
  defaultDataDir,
  defaultPorts,
  hostIdentity,
  type ClusterConfig,
  type ClusterPorts,
  type ComponentName,
} from './cluster-config.ts';
import { checkEtcdUrls } from './etcd-urls.ts';
import { SetupError } from './setup/step.ts';

/** What a person says on the command line of `k8ts up`; all of it may be left out. */
export interface UpOptions {
  readonly dataDir?: string;
  readonly only?: readonly string[];
  readonly without?: readonly string[];
  readonly ports?: Partial<ClusterPorts>;
  readonly nodeName?: string;
  readonly nodeIp?: string;
  readonly clusterDomain?: string;
  readonly serviceClusterIpRange?: string;
  readonly serviceNodePortRange?: string;
  readonly addons?: boolean;
  readonly audit?: boolean;
  readonly etcdListenClientUrls?: readonly string[];
  readonly etcdListenPeerUrls?: readonly string[];
  readonly extraArgs?: Readonly<Partial<Record<ComponentName, readonly string[]>>>;
}

/**
 * The whole configuration: what is said now, else what the data directory was made with, else upstream's defaults. What
 * is running stays part of it.
 */
export function resolveCluster(options: UpOptions, running: readonly ComponentName[] = []): ClusterConfig {
  const dataDir = clusterPaths(options.dataDir ?? defaultDataDir).dataDir;
  const earlier = readClusterConfig(dataDir);
  const host = hostIdentity();
  const chosen = chooseComponents(options.only, options.without);
  const components = componentNames.filter((name) => chosen.includes(name) || running.includes(name));
  return {
    dataDir,
    components,
    startedSinceDown: componentNames.filter(
      (name) => components.includes(name) || earlier?.startedSinceDown.includes(name),
    ),
    ports: {
      ...defaultPorts,
      ...earlier?.ports,
      ...withoutUndefined(options.ports ?? {}),
      ...withoutUndefined({
        etcd: checkEtcdUrls('--etcd-listen-client-urls', options.etcdListenClientUrls ?? []),
        etcdPeer: checkEtcdUrls('--etcd-listen-peer-urls', options.etcdListenPeerUrls ?? []),
      }),
    },
    nodeName: options.nodeName ?? earlier?.nodeName ?? host.nodeName,
    nodeIp: options.nodeIp ?? (running.length > 0 ? earlier?.nodeIp : undefined) ?? host.nodeIp,
    clusterDomain: options.clusterDomain ?? earlier?.clusterDomain ?? 'cluster.local',
    serviceClusterIpRange: options.serviceClusterIpRange ?? earlier?.serviceClusterIpRange ?? '10.96.0.0/16',
    serviceNodePortRange: options.serviceNodePortRange ?? earlier?.serviceNodePortRange ?? '30000-32767',
    addons: options.addons ?? true,
    audit: options.audit ?? earlier?.audit ?? false,
    etcdListenClientUrls: options.etcdListenClientUrls ?? atPort(earlier?.etcdListenClientUrls, options.ports?.etcd),
    etcdListenPeerUrls: options.etcdListenPeerUrls ?? atPort(earlier?.etcdListenPeerUrls, options.ports?.etcdPeer),
    extraArgs: options.extraArgs ?? earlier?.extraArgs ?? {},
  };
}

/** The configuration that a data directory was last brought up with. */
export function readClusterConfig(dataDir: string): ClusterConfig | undefined {
  const { configFile } = clusterPaths(dataDir);
  if (!existsSync(configFile)) return undefined;
  const read = JSON.parse(readFileSync(configFile, 'utf8')) as ClusterConfig;
  // Those of earlier versions say nothing of it.
  return {
    ...read,
    audit: read.audit ?? false,
    etcdListenClientUrls: read.etcdListenClientUrls ?? [],
    etcdListenPeerUrls: read.etcdListenPeerUrls ?? [],
  };
}

/** What was asked for earlier, at the port that is asked for now. */
function atPort(urls: readonly string[] | undefined, port: number | undefined): readonly string[] {
  return (urls ?? []).map((url) => (port === undefined ? url : url.replace(/:\d+$/, `:${port}`)));
}

function chooseComponents(
  only: readonly string[] | undefined,
  without: readonly string[] | undefined,
): ComponentName[] {
  for (const name of [...(only ?? []), ...(without ?? [])]) {
    if (!componentNames.includes(name as ComponentName))
      throw new SetupError(`there is no component "${name}": choose from ${componentNames.join(', ')}`);
  }
  const chosen = componentNames.filter((name) => (only ? only.includes(name) : true) && !without?.includes(name));
  if (chosen.length === 0) throw new SetupError('no component is left to start');
  return chosen;
}

function withoutUndefined<T extends object>(record: T): Partial<T> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as Partial<T>;
}
