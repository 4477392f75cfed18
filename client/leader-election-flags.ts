import type { Deps } from '../component/deps.ts';
import { defineFlags, type FlagValues } from '../component/flags.ts';
import type { LeaderElectionOptions } from './leader-election.ts';

/** Upstream's flags of a leader-elected component and their defaults. */
export function leaderElectionFlags(name: string) {
  const group = 'Leader election';
  return defineFlags({
    'leader-elect': {
      kind: 'bool',
      default: true,
      group,
      description: 'Become leader before the main loop starts. Needed where several run for high availability.',
    },
    'leader-elect-lease-duration': {
      kind: 'duration',
      default: 15_000,
      group,
      description: 'How long the others wait after the last renewal they saw before they try to become leader.',
    },
    'leader-elect-renew-deadline': {
      kind: 'duration',
      default: 10_000,
      group,
      description: 'How long the leader tries to renew before it gives up. Must be less than the lease duration.',
    },
    'leader-elect-retry-period': {
      kind: 'duration',
      default: 2_000,
      group,
      description: 'How long to wait between attempts to become leader, and between renewals.',
    },
    'leader-elect-resource-lock': {
      kind: 'string',
      oneOf: ['leases'],
      default: 'leases',
      group,
      description: 'The type of object that is the lock: leases.',
    },
    'leader-elect-resource-name': {
      kind: 'string',
      default: name,
      group,
      description: 'The name of the lock object.',
    },
    'leader-elect-resource-namespace': {
      kind: 'string',
      default: 'kube-system',
      group,
      description: 'The namespace of the lock object.',
    },
  });
}

/** The options that the flags say. */
export function leaderElectionOptions(
  config: FlagValues<ReturnType<typeof leaderElectionFlags>>,
  identity: string,
): LeaderElectionOptions {
  return {
    lease: { namespace: config.leaderElectResourceNamespace, name: config.leaderElectResourceName },
    identity,
    leaseDurationMs: config.leaderElectLeaseDuration,
    renewDeadlineMs: config.leaderElectRenewDeadline,
    retryPeriodMs: config.leaderElectRetryPeriod,
  };
}

/** `HOST_UUID`, as upstream names holders. */
export function newIdentity(hostname: string, deps: Pick<Deps, 'random'>): string {
  return `${hostname}_${deps.random.uuid()}`;
}
