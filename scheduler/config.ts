import { clientFlags } from '../client/client-flags.ts';
import { delegatedAuthFlags } from '../client/delegated-auth.ts';
import { leaderElectionFlags } from '../client/leader-election.ts';
import { tlsFlags } from '../component/tls-flags.ts';
import { defineFlags, type FlagValues } from '../component/flags.ts';

export const schedulerFlags = defineFlags({
  'bind-address': {
    kind: 'string',
    default: '0.0.0.0',
    group: 'Secure serving',
    description: 'Address to serve health and metrics on.',
  },
  'secure-port': {
    kind: 'port',
    default: 10_259,
    group: 'Secure serving',
    description: 'Port of health and metrics, HTTPS; 0 for none.',
  },
  'cert-dir': {
    kind: 'string',
    default: '/var/run/kubernetes',
    group: 'Secure serving',
    description: 'Where a self-signed certificate is made when no files are given.',
  },
  'tls-cert-file': { kind: 'string', default: '', group: 'Secure serving', description: 'Certificate to serve with.' },
  'tls-private-key-file': {
    kind: 'string',
    default: '',
    group: 'Secure serving',
    description: 'Private key of --tls-cert-file.',
  },
  'scheduler-name': {
    kind: 'string',
    default: 'default-scheduler',
    description: 'Pods that name this scheduler are ours.',
  },
  ...tlsFlags,
  profiling: { kind: 'bool', default: true, hidden: true, description: 'Accepted; no profiles are served.' },
  ...delegatedAuthFlags,
  ...leaderElectionFlags('kube-scheduler'),
  ...clientFlags({ qps: 50, burst: 100 }),
});

export type SchedulerConfig = FlagValues<typeof schedulerFlags>;
