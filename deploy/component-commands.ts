import { fileURLToPath } from 'node:url';
import { addressInRange, clusterPaths, type ClusterConfig, type ComponentName } from './cluster-config.ts';
import { strongSuites } from './cipher-suites.ts';
import { etcdUrls, type EtcdUrls } from './etcd-urls.ts';
import type { ProbeTls } from './probe.ts';
import { findProgram } from './setup/run-command.ts';

/** How one process is started and where it says that it is well. */
export interface ComponentCommand {
  readonly name: ComponentName;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Answers 200 when the component is ready. */
  readonly healthUrl: string;
  /** Where Prometheus scrapes it. */
  readonly metricsUrl: string;
  /** Whom to believe by HTTPS, and who to be for its health. */
  readonly tls: ProbeTls;
  /** As `tls`, for its metrics. */
  readonly metricsTls: Required<ProbeTls>;
}

const launcher = fileURLToPath(new URL('../bin/k8ts.mjs', import.meta.url));

/** The command lines of a cluster's components. Pure but for looking up etcd on the PATH. */
export function componentCommands(config: ClusterConfig): ComponentCommand[] {
  return config.components.map((name) => {
    const command = builders[name](config);
    const { pkiFile } = clusterPaths(config.dataDir);
    const pair = (file: string): Required<ProbeTls> => ({
      caFile: pkiFile(name === 'etcd' ? 'etcd/ca.crt' : 'ca.crt'),
      certificateFile: pkiFile(`${file}.crt`),
      keyFile: pkiFile(`${file}.key`),
    });
    const tls =
      name === 'etcd'
        ? { tls: pair('etcd/healthcheck-client'), metricsTls: pair('etcd/healthcheck-client') }
        : { tls: { caFile: pkiFile('ca.crt') }, metricsTls: pair('prometheus-client') };
    return { ...command, ...tls, name, args: [...command.args, ...(config.extraArgs[name] ?? [])] };
  });
}

const etcdEnv: Record<string, string> = process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {};

type Built = Omit<ComponentCommand, 'name' | 'tls' | 'metricsTls'>;
type Builder = (config: ClusterConfig) => Built;

/** A service of our own, run by this same Node. */
function service(
  name: ComponentName,
  flags: Readonly<Record<string, string | number | boolean>>,
  urls: Pick<ComponentCommand, 'healthUrl' | 'metricsUrl'>,
): Built {
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  return { file: process.execPath, args: [launcher, name, ...args], env: {}, ...urls };
}

/** A month, or ten files of 100 MB. */
function auditFlags({ dataDir }: ClusterConfig): Record<string, string | number> {
  const { auditPolicy, auditLog } = clusterPaths(dataDir);
  return {
    'audit-policy-file': auditPolicy,
    'audit-log-path': auditLog,
    'audit-log-maxage': 30,
    'audit-log-maxbackup': 10,
    'audit-log-maxsize': 100,
  };
}

/** Who has no certificate of etcd's own authority is not let in. */
function etcdTls(prefix: '' | 'peer-', urls: EtcdUrls, pair: string): string[] {
  if (!urls.isTls) return [];
  const authority = pair.replace(/[^/]+$/, 'ca.crt');
  return [
    `--${prefix}cert-file=${pair}.crt`,
    `--${prefix}key-file=${pair}.key`,
    `--${prefix}trusted-ca-file=${authority}`,
    `--${prefix}client-cert-auth=true`,
  ];
}

const builders: Record<ComponentName, Builder> = {
  etcd: (config) => {
    const { client, peer } = etcdUrls(config);
    const paths = clusterPaths(config.dataDir);
    return {
      file: findProgram('etcd') ?? 'etcd',
      args: [
        '--name=k8ts',
        `--data-dir=${paths.etcd}`,
        `--listen-client-urls=${client.listen.join(',')}`,
        `--advertise-client-urls=${client.advertise.join(',')}`,
        `--listen-peer-urls=${peer.listen.join(',')}`,
        `--initial-advertise-peer-urls=${peer.advertise.join(',')}`,
        `--initial-cluster=${peer.advertise.map((url) => `k8ts=${url}`).join(',')}`,
        ...etcdTls('', client, paths.pkiFile('etcd/server')),
        ...etcdTls('peer-', peer, paths.pkiFile('etcd/peer')),
        '--logger=zap',
        '--log-outputs=stderr',
        '--quota-backend-bytes=8589934592',
        '--snapshot-count=10000',
      ],
      env: etcdEnv,
      healthUrl: `${client.local}/health`,
      metricsUrl: `${client.local}/metrics`,
    };
  },
  'kube-apiserver': (config) => {
    const { pkiFile } = clusterPaths(config.dataDir);
    const url = `https://127.0.0.1:${config.ports.apiserver}`;
    const etcd = etcdUrls(config).client;
    return service(
      'kube-apiserver',
      {
        'etcd-servers': etcd.local,
        ...(etcd.isTls
          ? {
              'etcd-cafile': pkiFile('etcd/ca.crt'),
              'etcd-certfile': pkiFile('apiserver-etcd-client.crt'),
              'etcd-keyfile': pkiFile('apiserver-etcd-client.key'),
            }
          : {}),
        'secure-port': config.ports.apiserver,
        'advertise-address': config.nodeIp,
        'tls-cert-file': pkiFile('apiserver.crt'),
        'tls-private-key-file': pkiFile('apiserver.key'),
        'client-ca-file': pkiFile('ca.crt'),
        'kubelet-client-certificate': pkiFile('apiserver-kubelet-client.crt'),
        'kubelet-client-key': pkiFile('apiserver-kubelet-client.key'),
        'kubelet-certificate-authority': pkiFile('ca.crt'),
        'kubelet-preferred-address-types': 'InternalIP,Hostname',
        'requestheader-client-ca-file': pkiFile('front-proxy-ca.crt'),
        'requestheader-allowed-names': 'front-proxy-client',
        'requestheader-username-headers': 'X-Remote-User',
        'requestheader-group-headers': 'X-Remote-Group',
        'requestheader-extra-headers-prefix': 'X-Remote-Extra-',
        'proxy-client-cert-file': pkiFile('front-proxy-client.crt'),
        'proxy-client-key-file': pkiFile('front-proxy-client.key'),
        'service-cluster-ip-range': config.serviceClusterIpRange,
        'service-node-port-range': config.serviceNodePortRange,
        'service-account-issuer': `https://kubernetes.default.svc.${config.clusterDomain}`,
        'service-account-signing-key-file': pkiFile('sa.key'),
        'service-account-key-file': pkiFile('sa.pub'),
        'authorization-mode': 'Node,RBAC',
        'enable-admission-plugins': 'NodeRestriction',
        'allow-privileged': true,
        profiling: false,
        'tls-cipher-suites': strongSuites.join(','),
        ...(config.audit ? auditFlags(config) : {}),
      },
      { healthUrl: `${url}/readyz`, metricsUrl: `${url}/metrics` },
    );
  },
  'kube-controller-manager': (config) => {
    const { pkiFile, kubeconfig } = clusterPaths(config.dataDir);
    const url = `https://127.0.0.1:${config.ports.controllerManager}`;
    return service(
      'kube-controller-manager',
      {
        kubeconfig: kubeconfig('kube-controller-manager'),
        'authentication-kubeconfig': kubeconfig('kube-controller-manager'),
        'authorization-kubeconfig': kubeconfig('kube-controller-manager'),
        'bind-address': '127.0.0.1',
        'secure-port': config.ports.controllerManager,
        'tls-cert-file': pkiFile('kube-controller-manager.crt'),
        'tls-private-key-file': pkiFile('kube-controller-manager.key'),
        'client-ca-file': pkiFile('ca.crt'),
        'root-ca-file': pkiFile('ca.crt'),
        'service-account-private-key-file': pkiFile('sa.key'),
        'cluster-signing-cert-file': pkiFile('ca.crt'),
        'cluster-signing-key-file': pkiFile('ca.key'),
        'service-cluster-ip-range': config.serviceClusterIpRange,
        'use-service-account-credentials': true,
        'leader-elect': true,
        profiling: false,
      },
      { healthUrl: `${url}/healthz`, metricsUrl: `${url}/metrics` },
    );
  },
  'kube-scheduler': (config) => {
    const { pkiFile, kubeconfig } = clusterPaths(config.dataDir);
    const url = `https://127.0.0.1:${config.ports.scheduler}`;
    return service(
      'kube-scheduler',
      {
        kubeconfig: kubeconfig('kube-scheduler'),
        'authentication-kubeconfig': kubeconfig('kube-scheduler'),
        'authorization-kubeconfig': kubeconfig('kube-scheduler'),
        'bind-address': '127.0.0.1',
        'secure-port': config.ports.scheduler,
        'tls-cert-file': pkiFile('kube-scheduler.crt'),
        'tls-private-key-file': pkiFile('kube-scheduler.key'),
        'client-ca-file': pkiFile('ca.crt'),
        'leader-elect': true,
        profiling: false,
      },
      { healthUrl: `${url}/healthz`, metricsUrl: `${url}/metrics` },
    );
  },
  kubelet: (config) => {
    const paths = clusterPaths(config.dataDir);
    return service(
      'kubelet',
      {
        kubeconfig: paths.kubeconfig('kubelet'),
        'hostname-override': config.nodeName,
        'node-ip': config.nodeIp,
        'root-dir': paths.kubelet,
        'pod-manifest-path': paths.manifests,
        'tls-cert-file': paths.pkiFile('kubelet.crt'),
        'tls-private-key-file': paths.pkiFile('kubelet.key'),
        'client-ca-file': paths.pkiFile('ca.crt'),
        'anonymous-auth': false,
        'rotate-certificates': true,
        'read-only-port': 0,
        'tls-cipher-suites': strongSuites.join(','),
        'authorization-mode': 'Webhook',
        'authentication-token-webhook': true,
        port: config.ports.kubelet,
        'healthz-port': config.ports.kubeletHealthz,
        'cluster-dns': addressInRange(config.serviceClusterIpRange, 10),
        'cluster-domain': config.clusterDomain,
      },
      {
        healthUrl: `http://127.0.0.1:${config.ports.kubeletHealthz}/healthz`,
        metricsUrl: `https://127.0.0.1:${config.ports.kubelet}/metrics`,
      },
    );
  },
  'kube-proxy': (config) =>
    service(
      'kube-proxy',
      {
        kubeconfig: clusterPaths(config.dataDir).kubeconfig('kube-proxy'),
        'hostname-override': config.nodeName,
        'healthz-bind-address': `127.0.0.1:${config.ports.proxyHealthz}`,
        'metrics-bind-address': `127.0.0.1:${config.ports.proxyMetrics}`,
        ...(isFirstCluster(config) ? {} : { 'iptables-chain-prefix': chainPrefix(config) }),
      },
      {
        healthUrl: `http://127.0.0.1:${config.ports.proxyHealthz}/healthz`,
        metricsUrl: `http://127.0.0.1:${config.ports.proxyMetrics}/metrics`,
      },
    ),
};

/** Two clusters on one host need chains of their own; the one on upstream's port has upstream's names. */
function isFirstCluster(config: ClusterConfig): boolean {
  return config.ports.apiserver === 6443;
}

function chainPrefix(config: ClusterConfig): string {
  return `K${config.ports.apiserver.toString(36).toUpperCase()}`;
}
