import type { KubeletClientOptions } from '../kubelets/kubelet-client.ts';
import { defineSection } from './config-section.ts';

interface MiscConfig {
  readonly serviceClusterIpRange: string;
  readonly serviceNodePortRange: string;
  readonly eventTtlSeconds: number;
  readonly kubelets: KubeletClientOptions;
}

/** Services, events, and how kubelets and extension servers are reached. */
export const misc = defineSection({
  heading: 'Misc',
  flags: {
    'event-ttl': { kind: 'duration', default: 3_600_000, description: 'Amount of time to retain events.' },
    'service-cluster-ip-range': {
      kind: 'string',
      default: '10.0.0.0/24',
      description: 'A CIDR notation IP range from which to assign service cluster IPs.',
    },
    'service-node-port-range': {
      kind: 'string',
      default: '30000-32767',
      description: 'A port range to reserve for services with NodePort visibility.',
    },
    'allow-privileged': { kind: 'bool', description: 'If true, allow privileged containers.' },
    'kubelet-client-certificate': {
      kind: 'string',
      description: 'Path to a client cert file for TLS to kubelets.',
    },
    'kubelet-client-key': { kind: 'string', description: 'Path to a client key file for TLS to kubelets.' },
    'kubelet-certificate-authority': {
      kind: 'string',
      description: 'Path to a cert file for the certificate authority of kubelets.',
    },
    'kubelet-preferred-address-types': {
      kind: 'strings',
      default: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'],
      description: 'List of the preferred NodeAddressTypes to use for kubelet connections.',
    },
    'proxy-client-cert-file': {
      kind: 'string',
      description: 'Client certificate used to prove the identity of the aggregator.',
    },
    'proxy-client-key-file': {
      kind: 'string',
      description: 'Private key for the client certificate used to prove the identity of the aggregator.',
    },
  },
  defaults: {
    serviceClusterIpRange: '10.0.0.0/24',
    serviceNodePortRange: '30000-32767',
    eventTtlSeconds: 3600,
    kubelets: { preferredAddressTypes: ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'] },
  },
  configOf: (values): MiscConfig => ({
    serviceClusterIpRange: values.serviceClusterIpRange,
    serviceNodePortRange: values.serviceNodePortRange,
    eventTtlSeconds: Math.round(values.eventTtl / 1000),
    kubelets: {
      certificateFile: values.kubeletClientCertificate,
      keyFile: values.kubeletClientKey,
      certificateAuthorityFile: values.kubeletCertificateAuthority,
      preferredAddressTypes: values.kubeletPreferredAddressTypes,
    },
  }),
});
