import { clientFlags } from '../client/client-flags.ts';
import { leaderElectionFlags } from '../client/leader-election-flags.ts';
import { secureServingFlags } from '../client/secure-serving.ts';
import { defineFlags, type FlagValues } from '../component/flags.ts';

export const controllerManagerFlags = defineFlags({
  ...secureServingFlags(10_257),
  profiling: { kind: 'bool', default: true, hidden: true, description: 'Accepted; no profiles are served.' },
  controllers: {
    kind: 'strings',
    default: ['*'],
    description: "Controllers to run: '*' is all that are on by default, 'foo' turns foo on, '-foo' turns it off.",
  },
  'cluster-name': {
    kind: 'string',
    default: 'kubernetes',
    hidden: true,
    description: 'Accepted; names load balancers and routes of cloud providers.',
  },
  'root-ca-file': {
    kind: 'string',
    default: '',
    description: 'Authority that every namespace gets as kube-root-ca.crt.',
  },
  'service-account-private-key-file': {
    kind: 'string',
    default: '',
    description: 'Key that signs service-account tokens in secrets.',
  },
  'cluster-signing-cert-file': {
    kind: 'string',
    default: '',
    description: 'Authority that signs certificate requests.',
  },
  'cluster-signing-key-file': {
    kind: 'string',
    default: '',
    description: 'Private key of --cluster-signing-cert-file.',
  },
  'cluster-signing-duration': {
    kind: 'duration',
    default: 365 * 86_400_000,
    description: 'How long issued certificates are good for; a request may ask for less.',
  },
  'use-service-account-credentials': {
    kind: 'bool',
    default: false,
    description: 'Give each controller a service account of its own in kube-system.',
  },
  'service-cluster-ip-range': { kind: 'string', default: '', description: 'Addresses of services.' },
  'cluster-cidr': { kind: 'string', default: '', description: 'Addresses of pods.' },
  'allocate-node-cidrs': {
    kind: 'bool',
    default: false,
    description: 'Accepted; node address ranges are not allocated.',
    hidden: true,
  },
  'node-monitor-period': {
    kind: 'duration',
    default: 5_000,
    description: 'How often the state of nodes is looked at.',
  },
  'node-monitor-grace-period': {
    kind: 'duration',
    default: 50_000,
    description: 'How long a node may be silent before it counts as unhealthy.',
  },
  'node-startup-grace-period': {
    kind: 'duration',
    default: 60_000,
    description: 'How long a new node may be silent before it counts as unhealthy.',
  },
  'terminated-pod-gc-threshold': {
    kind: 'int',
    default: 12_500,
    description: 'Terminated pods that may be there before the oldest are deleted; 0 or less keeps all.',
  },
  'pvclaimbinder-sync-period': {
    kind: 'duration',
    default: 15_000,
    hidden: true,
    description: 'Accepted; volumes are not bound to claims.',
  },
  'horizontal-pod-autoscaler-sync-period': {
    kind: 'duration',
    default: 15_000,
    hidden: true,
    description: 'Accepted; nothing is scaled by itself.',
  },
  ...leaderElectionFlags('kube-controller-manager'),
  ...clientFlags({ qps: 20, burst: 30 }),
});

export type ControllerManagerConfig = FlagValues<typeof controllerManagerFlags>;
