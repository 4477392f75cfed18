import type { IssueOptions } from '../../component/certificates.ts';
import { addressInRange, type ClusterConfig, type ComponentName } from '../cluster-config.ts';
import { etcdAddresses, etcdUrls } from '../etcd-urls.ts';

/** Who signs; the file is that of the PKI, without ending. */
export const authorities = [
  { name: 'ca', file: 'ca', commonName: 'kubernetes' },
  { name: 'etcd-ca', file: 'etcd/ca', commonName: 'etcd-ca' },
  { name: 'front-proxy-ca', file: 'front-proxy-ca', commonName: 'front-proxy-ca' },
] as const;
export type AuthorityEntry = (typeof authorities)[number];
export type AuthorityName = AuthorityEntry['name'];

/** Where a certificate and its key lie: two files of the PKI, inside a kubeconfig, or in the kubelet's own folder. */
export type PkiPlace =
  | { readonly kind: 'files'; readonly file: string }
  | { readonly kind: 'kubeconfig'; readonly user: string }
  | { readonly kind: 'kubelet' };

/** A certificate of the cluster: its name for people (kubeadm's where that has it), who signs it, and what it says. */
export interface PkiEntry extends IssueOptions {
  readonly name: string;
  readonly authority: AuthorityName;
  readonly place: PkiPlace;
  /** Those that hold it from their start on; all others take up renewed files by themselves. */
  readonly heldBy: readonly ComponentName[];
}

/** The authorities that a cluster needs: etcd has one of its own, for who may talk to it, where it is served by TLS. */
export function authoritiesOf(config: ClusterConfig): AuthorityEntry[] {
  return authorities.filter(({ name }) => name !== 'etcd-ca' || usesEtcdTls(config));
}

/** Every certificate of a cluster, under the names that kubeadm gives them. Pure. */
export function pkiEntries(config: ClusterConfig): PkiEntry[] {
  return [...clusterEntries(config), ...(usesEtcdTls(config) ? etcdEntries(config) : [])];
}

function usesEtcdTls(config: ClusterConfig): boolean {
  const { client, peer } = etcdUrls(config);
  return client.isTls || peer.isTls;
}

type About = Omit<PkiEntry, 'name' | 'authority' | 'place' | 'heldBy'> & Partial<PkiEntry>;

function entry(name: string, about: About): PkiEntry {
  return { name, authority: 'ca', place: { kind: 'files', file: name }, heldBy: [], ...about };
}

function client(name: string, commonName: string, organizations: readonly string[] = []): PkiEntry {
  return entry(name, { commonName, organizations, usages: ['client'] });
}

function clusterEntries(config: ClusterConfig): PkiEntry[] {
  const { clusterDomain, nodeName, nodeIp } = config;
  const local = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  return [
    {
      ...client('admin.kubeconfig', 'kubernetes-admin', ['system:masters']),
      place: { kind: 'kubeconfig', user: 'kubernetes-admin' },
    },
    entry('apiserver', {
      commonName: 'kube-apiserver',
      usages: ['server'],
      dnsNames: [
        ...new Set([
          'kubernetes',
          'kubernetes.default',
          'kubernetes.default.svc',
          `kubernetes.default.svc.${clusterDomain}`,
          'localhost',
          nodeName,
        ]),
      ],
      ipAddresses: [...new Set([addressInRange(config.serviceClusterIpRange, 1), nodeIp, '127.0.0.1'])],
    }),
    client('apiserver-kubelet-client', 'kube-apiserver-kubelet-client'),
    { ...client('front-proxy-client', 'front-proxy-client'), authority: 'front-proxy-ca' },
    entry('kube-controller-manager', { commonName: 'kube-controller-manager', usages: ['server'], ...local }),
    client('kube-controller-manager-client', 'system:kube-controller-manager'),
    client('kube-proxy-client', 'system:kube-proxy', ['system:node-proxier']),
    entry('kube-scheduler', { commonName: 'kube-scheduler', usages: ['server'], ...local }),
    client('kube-scheduler-client', 'system:kube-scheduler'),
    entry('kubelet', {
      commonName: `system:node:${nodeName}`,
      organizations: ['system:nodes'],
      usages: ['server'],
      dnsNames: [...new Set([nodeName, 'localhost'])],
      ipAddresses: [...new Set([nodeIp, '127.0.0.1'])],
    }),
    { ...client('kubelet-client', `system:node:${nodeName}`, ['system:nodes']), place: { kind: 'kubelet' } },
    client('prometheus-client', 'k8ts:prometheus', ['system:monitoring']),
  ];
}

function etcdEntries(config: ClusterConfig): PkiEntry[] {
  const urls = etcdUrls(config);
  const server = (name: string, file: string, addresses: readonly string[]): PkiEntry =>
    entry(name, {
      authority: 'etcd-ca',
      place: { kind: 'files', file },
      commonName: config.nodeName,
      usages: ['server', 'client'], // etcd is a client of itself: of its peers, and behind its gateway
      dnsNames: [...new Set([config.nodeName, 'localhost'])],
      ipAddresses: [...new Set([...addresses, config.nodeIp, '127.0.0.1', '::1'])],
    });
  return [
    {
      ...client('apiserver-etcd-client', 'kube-apiserver-etcd-client'),
      authority: 'etcd-ca',
      heldBy: ['kube-apiserver'],
    },
    {
      ...client('etcd-healthcheck-client', 'kube-etcd-healthcheck-client'),
      authority: 'etcd-ca',
      place: { kind: 'files', file: 'etcd/healthcheck-client' },
    },
    server('etcd-peer', 'etcd/peer', etcdAddresses(urls.peer)),
    server('etcd-server', 'etcd/server', etcdAddresses(urls.client)),
  ];
}
