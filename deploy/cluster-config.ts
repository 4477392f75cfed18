import { networkInterfaces, hostname } from 'node:os';
import { join, resolve } from 'node:path';

/** The processes of a cluster on one host, in the order in which they are started. They are stopped from the other end. */
export const componentNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
] as const;
export type ComponentName = (typeof componentNames)[number];

export interface ClusterPorts {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiserver: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kubelet: number;
  readonly kubeletHealthz: number;
  readonly proxyHealthz: number;
  readonly proxyMetrics: number;
}

/** Upstream's ports. */
export const defaultPorts: ClusterPorts = {
  etcd: 2379,
  etcdPeer: 2380,
  apiserver: 6443,
  controllerManager: 10257,
  scheduler: 10259,
  kubelet: 10250,
  kubeletHealthz: 10248,
  proxyHealthz: 10256,
  proxyMetrics: 10249,
};

/** Everything that `k8ts up` decides, fully resolved; kept in `cluster.json` so that `down`, `status` and a restart agree with it. */
export interface ClusterConfig {
  readonly dataDir: string;
  readonly components: readonly ComponentName[];
  /** Those that were started since the last `down`: what has to be cleaned up after. */
  readonly startedSinceDown: readonly ComponentName[];
  readonly ports: ClusterPorts;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly clusterDomain: string;
  readonly serviceClusterIpRange: string;
  readonly serviceNodePortRange: string;
  readonly addons: boolean;
  /** An audit log is written, by the policy in the data directory. */
  readonly audit: boolean;
  /** Where etcd listens besides the loopback; by TLS if they are https. See `etcdUrls`. */
  readonly etcdListenClientUrls: readonly string[];
  readonly etcdListenPeerUrls: readonly string[];
  /** Further flags a component is started with, as given. */
  readonly extraArgs: Readonly<Partial<Record<ComponentName, readonly string[]>>>;
}

export const defaultDataDir = '/var/lib/k8ts';

/** Where the parts of a cluster keep their things below the data directory. */
export function clusterPaths(dataDir: string) {
  const at = (...parts: string[]): string => join(resolve(dataDir), ...parts);
  return {
    dataDir: at(),
    configFile: at('cluster.json'),
    adminKubeconfig: at('admin.kubeconfig'),
    pki: at('pki'),
    kubeconfigs: at('kubeconfigs'),
    auditPolicy: at('audit-policy.yaml'),
    auditLog: at('logs', 'audit.log'),
    etcd: at('etcd'),
    kubelet: at('kubelet'),
    kubeletClientFile: at('kubelet', 'pki', 'kubelet-client-current.pem'),
    manifests: at('manifests'),
    logs: at('logs'),
    run: at('run'),
    logFile: (component: string) => at('logs', `${component}.log`),
    pidFile: (component: string) => at('run', `${component}.pid`),
    stateFile: at('run', 'state.json'),
    pkiFile: (name: string) => at('pki', name),
    kubeconfig: (name: string) => at('kubeconfigs', `${name}.kubeconfig`),
  };
}
export type ClusterPaths = ReturnType<typeof clusterPaths>;

/** The node's name and address where none are given: the host's name in lower case, the first address that is not loopback. */
export function hostIdentity(): { nodeName: string; nodeIp: string } {
  const addresses = Object.entries(networkInterfaces())
    .filter(([name]) => !/^(docker|br-|veth|cni|virbr)/.test(name))
    .flatMap(([, list]) => list ?? [])
    .filter((address) => address.family === 'IPv4' && !address.internal);
  return { nodeName: hostname().toLowerCase(), nodeIp: addresses[0]?.address ?? '127.0.0.1' };
}

/** The `index`-th address of an IPv4 range in CIDR notation: 1 is the API server's service, 10 the cluster DNS. */
export function addressInRange(cidr: string, index: number): string {
  const [base = '', bits = ''] = cidr.split('/');
  const octets = base.split('.').map(Number);
  const size = 2 ** (32 - Number(bits));
  if (octets.length !== 4 || octets.some((o) => !Number.isInteger(o) || o < 0 || o > 255) || !Number.isInteger(size))
    throw new RangeError(`"${cidr}" is not an IPv4 range such as 10.96.0.0/16`);
  if (index >= size) throw new RangeError(`the range ${cidr} has no address number ${index}`);
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const start = value - (value % size) + index;
  return [24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join('.');
}
