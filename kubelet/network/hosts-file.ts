import type { ReadonlyPod } from '../pods/pod.ts';

/** /etc/hosts of a pod on its own network, in upstream's form. */
export function hostsFile(from: {
  readonly podIps: readonly string[];
  readonly hostname: string;
  /** `HOST.SUBDOMAIN.NAMESPACE.svc.DOMAIN`, where the pod has a subdomain. */
  readonly fullName?: string;
  readonly hostAliases: NonNullable<ReadonlyPod['spec']>['hostAliases'];
}): string {
  const own = from.podIps.map((ip) => `${ip}\t${from.fullName ? `${from.fullName}\t` : ''}${from.hostname}\n`);
  return `${header}${loopback}${own.join('')}${aliases(from.hostAliases)}`;
}

/** /etc/hosts of a pod on the network of the host: the host's own, with the pod's aliases. */
export function hostNetworkHostsFile(
  ofHost: string,
  hostAliases: NonNullable<ReadonlyPod['spec']>['hostAliases'],
): string {
  return `${headerHostNetwork}${ofHost}${aliases(hostAliases)}`;
}

const header = '# Kubernetes-managed hosts file.\n';
const headerHostNetwork = '# Kubernetes-managed hosts file (host network).\n';
const loopback = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'fe00::0\tip6-mcastprefix',
  'fe00::1\tip6-allnodes',
  'fe00::2\tip6-allrouters',
  '',
].join('\n');

function aliases(hostAliases: NonNullable<ReadonlyPod['spec']>['hostAliases']): string {
  if (!hostAliases?.length) return '';
  const lines = hostAliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join('')}`;
}
