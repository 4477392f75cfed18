import { clientFlags } from '../client/client-flags.ts';
import { defineFlags, type FlagValues } from '../component/flags.ts';

export const proxyFlags = defineFlags({
  'hostname-override': { kind: 'string', default: '', description: "The node's name, where it is not the host's." },
  'proxy-mode': {
    kind: 'string',
    default: '',
    description:
      'Which proxy mode to use: iptables or userspace. Where nothing is said, the first that works on this host.',
  },
  'cluster-cidr': {
    kind: 'string',
    default: '',
    description: 'Addresses of pods. What comes to a cluster address from elsewhere is masqueraded.',
  },
  'masquerade-all': { kind: 'bool', default: false, description: 'SNAT all traffic sent to cluster addresses.' },
  'iptables-masquerade-bit': {
    kind: 'int',
    default: 14,
    min: 0,
    max: 31,
    description: 'Bit of the packet mark for what needs SNAT.',
  },
  'iptables-min-sync-period': {
    kind: 'duration',
    default: 1_000,
    description: 'How long changes may be gathered before rules are written.',
  },
  'iptables-sync-period': {
    kind: 'duration',
    default: 30_000,
    description: 'How often rules are checked although nothing has changed.',
  },
  'iptables-localhost-nodeports': { kind: 'bool', default: true, description: 'Let node ports answer on localhost.' },
  'nodeport-addresses': {
    kind: 'strings',
    description: 'CIDRs of the addresses on which node ports answer; all where none is given.',
  },
  'iptables-chain-prefix': {
    kind: 'string',
    default: 'KUBE',
    description:
      'Begins the names of all chains. Give clusters that share a host different ones, of at most 7 characters.',
  },
  'healthz-bind-address': {
    kind: 'string',
    default: '0.0.0.0:10256',
    description: 'Address of /healthz and /livez, plain HTTP; empty for none.',
  },
  'metrics-bind-address': {
    kind: 'string',
    default: '127.0.0.1:10249',
    description: 'Address of /metrics and /proxyMode, plain HTTP; empty for none.',
  },
  cleanup: { kind: 'bool', default: false, description: 'Remove all rules of kube-proxy from this host and exit.' },
  ...clientFlags({ qps: 5, burst: 10 }),
});

export type ProxyConfig = FlagValues<typeof proxyFlags>;
