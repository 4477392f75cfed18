import { clientFlags } from '../client/client-flags.ts';
import { defineFlags, type FlagValues } from '../component/flags.ts';

export const dnsFlags = defineFlags({
  'cluster-domain': {
    kind: 'string',
    default: 'cluster.local',
    description: 'The domain whose names this server knows.',
  },
  'bind-address': { kind: 'string', default: '0.0.0.0', description: 'Address to answer DNS on.' },
  port: { kind: 'port', default: 53, description: 'Port to answer DNS on, by UDP and TCP.' },
  ttl: { kind: 'int', default: 30, min: 0, description: 'Seconds that answers about the cluster may be kept.' },
  upstream: {
    kind: 'strings',
    description:
      'Resolvers for all other names, such as 10.0.0.2 or 10.0.0.2:53. Where none is given, those of --resolv-conf.',
  },
  'resolv-conf': { kind: 'string', default: '/etc/resolv.conf', description: 'File to take the resolvers from.' },
  'metrics-port': { kind: 'port', default: 9153, description: 'Port of /metrics, plain HTTP.' },
  'health-port': { kind: 'port', default: 8080, description: 'Port of /health, plain HTTP.' },
  'ready-port': { kind: 'port', default: 8181, description: 'Port of /ready, plain HTTP.' },
  ...clientFlags({ qps: 0, burst: 0 }),
});

export type DnsConfig = FlagValues<typeof dnsFlags>;
