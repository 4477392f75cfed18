import { readFileSync } from 'node:fs';
import { clientFlags } from '../client/client-flags.ts';
import { defineFlags, type FlagValues } from '../component/flags.ts';
import { tlsFlags } from '../component/tls-flags.ts';
import { flagsOfConfiguration } from './kubelet-configuration.ts';
import { defaultHardThresholds } from './eviction/thresholds.ts';

const serving = 'Secure serving';
const nodeGroup = 'Node';
const runtimeGroup = 'Container runtime';

/** Upstream's flags; a file given by --config supplies what the command line does not. */
export const kubeletFlags = defineFlags({
  ...clientFlags({ qps: 50, burst: 100 }),
  config: {
    kind: 'string',
    default: '',
    description: 'File with a KubeletConfiguration (kubelet.config.k8s.io/v1beta1); flags win over it.',
  },
  'root-dir': {
    kind: 'string',
    default: '/var/lib/kubelet',
    description: 'Directory path for managing kubelet files (volume mounts, etc).',
  },
  'cert-dir': {
    kind: 'string',
    default: '',
    group: serving,
    description:
      'The directory where the TLS certs are located: a self-signed serving certificate, and the client certificates that the cluster gives; pki below --root-dir where not given.',
  },
  address: {
    kind: 'string',
    default: '0.0.0.0',
    group: serving,
    description: 'The IP address for the Kubelet to serve on.',
  },
  port: { kind: 'port', default: 10250, group: serving, description: 'The port for the Kubelet to serve on.' },
  'healthz-bind-address': {
    kind: 'string',
    default: '127.0.0.1',
    group: serving,
    description: 'The IP address for the healthz server to serve on.',
  },
  'healthz-port': {
    kind: 'port',
    default: 10248,
    group: serving,
    description: 'The port of the localhost healthz endpoint (set to 0 to disable).',
  },
  'tls-cert-file': {
    kind: 'string',
    default: '',
    group: serving,
    description: 'File containing x509 Certificate used for serving HTTPS (with intermediate certs, if any).',
  },
  'tls-private-key-file': {
    kind: 'string',
    default: '',
    group: serving,
    description: 'File containing x509 private key matching --tls-cert-file.',
  },
  ...tlsFlags,
  'read-only-port': {
    kind: 'port',
    default: 0,
    hidden: true,
    description: 'Accepted; there is no port without authentication.',
  },
  'streaming-connection-idle-timeout': {
    kind: 'duration',
    default: 4 * 3_600_000,
    hidden: true,
    description: 'Accepted; streams end with their connections.',
  },
  'make-iptables-util-chains': {
    kind: 'bool',
    default: true,
    hidden: true,
    description: 'Accepted; kube-proxy makes all chains that it needs.',
  },
  'event-qps': {
    kind: 'int',
    default: 50,
    hidden: true,
    description: 'Accepted for the sake of existing command lines.',
  },
  'protect-kernel-defaults': {
    kind: 'bool',
    default: false,
    hidden: true,
    description: 'Accepted; settings of the kernel are left as they are.',
  },
  'client-ca-file': {
    kind: 'string',
    default: '',
    group: 'Authentication',
    description: 'Client certificates signed by one of the authorities in this file are believed.',
  },
  'anonymous-auth': {
    kind: 'bool',
    default: true,
    group: 'Authentication',
    description: 'Enables anonymous requests to the Kubelet server.',
  },
  'authentication-token-webhook': {
    kind: 'bool',
    default: false,
    group: 'Authentication',
    description: 'Use the TokenReview API to determine authentication for bearer tokens.',
  },
  'authentication-token-webhook-cache-ttl': {
    kind: 'duration',
    default: 120_000,
    group: 'Authentication',
    description: 'The duration to cache responses from the webhook token authenticator.',
  },
  'authorization-mode': {
    kind: 'string',
    default: 'AlwaysAllow',
    oneOf: ['AlwaysAllow', 'Webhook'],
    group: 'Authorization',
    description: 'Authorization mode for the Kubelet server. Webhook mode uses the SubjectAccessReview API.',
  },
  'register-node': {
    kind: 'bool',
    default: true,
    group: nodeGroup,
    description: 'Register the node with the API server. Without a kubeconfig there is none to register with.',
  },
  'hostname-override': {
    kind: 'string',
    default: '',
    group: nodeGroup,
    description: 'If non-empty, will use this string as identification instead of the actual hostname.',
  },
  'node-ip': {
    kind: 'strings',
    group: nodeGroup,
    description: 'IP address of the node, or two of different families; found out where not given.',
  },
  'node-labels': {
    kind: 'map',
    group: nodeGroup,
    description: 'Labels to add when registering the node in the cluster: key=value pairs.',
  },
  'register-with-taints': {
    kind: 'strings',
    group: nodeGroup,
    description: 'Register the node with the given list of taints: key=value:effect.',
  },
  'register-schedulable': {
    kind: 'bool',
    default: true,
    group: nodeGroup,
    hidden: true,
    description: 'Register the node as schedulable.',
  },
  'provider-id': {
    kind: 'string',
    default: '',
    group: nodeGroup,
    description: 'Unique identifier for identifying the node in a machine database, i.e cloud provider.',
  },
  'max-pods': {
    kind: 'int',
    default: 110,
    min: 1,
    group: nodeGroup,
    description: 'Number of Pods that can run on this Kubelet.',
  },
  'node-status-update-frequency': {
    kind: 'duration',
    default: 10_000,
    group: nodeGroup,
    description: 'How often the node status is computed; it is sent when it changed.',
  },
  'node-status-report-frequency': {
    kind: 'duration',
    default: 300_000,
    group: nodeGroup,
    description: 'How often the node status is sent when it has not changed.',
  },
  'node-lease-duration-seconds': {
    kind: 'int',
    default: 40,
    min: 1,
    group: nodeGroup,
    description: 'How long the node counts as alive after its lease was renewed.',
  },
  'system-reserved': {
    kind: 'map',
    group: nodeGroup,
    description: 'Resources kept from pods for the system: cpu=200m,memory=500Mi,ephemeral-storage=1Gi.',
  },
  'kube-reserved': {
    kind: 'map',
    group: nodeGroup,
    description: "Resources kept from pods for Kubernetes' own components.",
  },
  'container-runtime-endpoint': {
    kind: 'string',
    default: '',
    group: runtimeGroup,
    description: 'Endpoint of the container runtime, such as unix:///var/run/docker.sock (the default).',
  },
  'pod-infra-container-image': {
    kind: 'string',
    default: '',
    group: runtimeGroup,
    description:
      'Image of the container that holds the namespaces of each pod; built in where not given or not to be had.',
  },
  'cgroup-driver': {
    kind: 'string',
    default: '',
    oneOf: ['', 'cgroupfs', 'systemd'],
    group: runtimeGroup,
    description: "Driver that the runtime uses to manipulate cgroups; the runtime's own where not given.",
  },
  'cgroup-root': {
    kind: 'string',
    default: '',
    group: runtimeGroup,
    description: 'Root cgroup of pods; the root of the hierarchy where not given.',
  },
  'cpu-cfs-quota': {
    kind: 'bool',
    default: true,
    group: runtimeGroup,
    description: 'Enable CPU CFS quota enforcement for containers that specify CPU limits.',
  },
  'container-log-max-size': {
    kind: 'string',
    default: '10Mi',
    group: runtimeGroup,
    description: 'Size of a container log file before it is rotated.',
  },
  'container-log-max-files': {
    kind: 'int',
    default: 5,
    min: 2,
    group: runtimeGroup,
    description: 'Number of log files kept of a container.',
  },
  'max-parallel-image-pulls': {
    kind: 'int',
    default: 3,
    min: 1,
    group: runtimeGroup,
    description: 'Image pulls at one time.',
  },
  'image-gc-high-threshold': {
    kind: 'int',
    default: 85,
    min: 0,
    max: 100,
    group: runtimeGroup,
    description: 'Percent of disk usage from which on unused images are removed.',
  },
  'image-gc-low-threshold': {
    kind: 'int',
    default: 80,
    min: 0,
    max: 100,
    group: runtimeGroup,
    description: 'Percent of disk usage that removing unused images aims at.',
  },
  'minimum-image-ttl-duration': {
    kind: 'duration',
    default: 120_000,
    group: runtimeGroup,
    description: 'Age an unused image has at least before it is removed.',
  },
  'seccomp-default': {
    kind: 'bool',
    default: false,
    group: runtimeGroup,
    description: "Use the runtime's default seccomp profile where a workload names none.",
  },
  'pod-manifest-path': {
    kind: 'string',
    default: '',
    description: 'Path to the directory containing static pod files to run, or the path to a single static pod file.',
  },
  'file-check-frequency': {
    kind: 'duration',
    default: 20_000,
    description: 'Duration between checking static pod files for new data.',
  },
  'sync-frequency': {
    kind: 'duration',
    default: 60_000,
    description: 'Max period between synchronizing running containers and config.',
  },
  'cluster-dns': { kind: 'strings', description: 'IP addresses of the cluster DNS servers.' },
  'cluster-domain': { kind: 'string', default: '', description: 'Domain for this cluster.' },
  'resolv-conf': {
    kind: 'string',
    default: '/etc/resolv.conf',
    description: 'Resolver configuration file used as the basis for the container DNS resolution configuration.',
  },
  'eviction-hard': {
    kind: 'strings',
    default: Object.entries(defaultHardThresholds).map(([signal, value]) => `${signal}<${value}`),
    description: 'Eviction thresholds (memory.available<1Gi) that, if met, trigger a pod eviction; "" for none.',
  },
  'eviction-pressure-transition-period': {
    kind: 'duration',
    default: 300_000,
    description: 'Duration for which the kubelet has to wait before leaving an eviction pressure condition.',
  },
  cleanup: {
    kind: 'bool',
    default: false,
    description: 'Remove all pods of this kubelet (by --root-dir) from the host, with their mounts, and exit.',
  },
  'fail-swap-on': { kind: 'bool', default: true, hidden: true, description: 'Accepted; swap is left to the host.' },
  'cgroups-per-qos': { kind: 'bool', default: true, hidden: true, description: 'Accepted; it is always so.' },
  'bootstrap-kubeconfig': {
    kind: 'string',
    default: '',
    description:
      'Path to a kubeconfig file that will be used to get client certificate for kubelet. If the file specified by --kubeconfig does not exist, the bootstrap kubeconfig is used to request a client certificate from the API server. On success, a kubeconfig file referencing the generated client certificate and key is written to the path specified by --kubeconfig. The client certificate and key file will be stored in the directory pointed by --cert-dir.',
  },
  'rotate-certificates': {
    kind: 'bool',
    default: false,
    description:
      'Auto rotate the kubelet client certificates by requesting new certificates from the kube-apiserver when the certificate expiration approaches.',
  },
  'feature-gates': { kind: 'map', hidden: true, description: 'Accepted for the sake of existing command lines.' },
});

export type KubeletConfig = FlagValues<typeof kubeletFlags>;

/** Values for flags that the command line does not give, from the file of --config. */
export function configurationFallback(values: {
  readonly config: string;
}): Readonly<Record<string, string | readonly string[]>> {
  if (!values.config) return {};
  let text: string;
  try {
    text = readFileSync(values.config, 'utf8');
  } catch (error) {
    throw new Error(`cannot read --config: ${(error as Error).message}`, { cause: error });
  }
  return flagsOfConfiguration(text, values.config);
}
