import { priorityClasses } from '../../api/resources/scheduling/priority-class.ts';
import type { PriorityClass } from '../../api/schema/generated/scheduling-v1.ts';
import { createMissing } from './create-missing.ts';
import type { PostStartHook } from './post-start-hook.ts';
import { untilDone } from './until-done.ts';

const classes: readonly PriorityClass[] = [
  {
    metadata: { name: 'system-node-critical' },
    value: 2_000_001_000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
];

/** The classes of pods a cluster cannot do without. */
export const systemPriorityClasses: PostStartHook = {
  name: 'scheduling/bootstrap-system-priority-classes',
  run: (deps, done, signal) =>
    untilDone('system priority classes', deps, signal, async () => {
      await createMissing(deps, priorityClasses, classes, { signal });
      done();
    }),
};
