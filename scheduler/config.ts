import { clientFlags } from '../client/client-flags.ts';
import { leaderElectionFlags } from '../client/leader-election-flags.ts';
import { secureServingFlags } from '../client/secure-serving.ts';
import { defineFlags, type FlagValues } from '../component/flags.ts';

export const schedulerFlags = defineFlags({
  ...secureServingFlags(10_259),
  'scheduler-name': {
    kind: 'string',
    default: 'default-scheduler',
    description: 'Pods that name this scheduler are ours.',
  },
  profiling: { kind: 'bool', default: true, hidden: true, description: 'Accepted; no profiles are served.' },
  ...leaderElectionFlags('kube-scheduler'),
  ...clientFlags({ qps: 50, burst: 100 }),
});

export type SchedulerConfig = FlagValues<typeof schedulerFlags>;
