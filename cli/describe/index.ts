import type { Describer } from './describer.ts';
import { configMapDescriber } from './kinds/config-map.ts';
import { deploymentDescriber } from './kinds/deployment.ts';
import { jobDescriber } from './kinds/job.ts';
import { nodeDescriber } from './kinds/node.ts';
import { podDescriber } from './kinds/pod.ts';
import { replicaSetDescriber } from './kinds/replica-set.ts';
import { secretDescriber } from './kinds/secret.ts';
import { serviceDescriber } from './kinds/service.ts';

/** Kinds that are shown in a way of their own; others are shown field by field. */
export const describers = [
  configMapDescriber,
  deploymentDescriber,
  jobDescriber,
  nodeDescriber,
  podDescriber,
  replicaSetDescriber,
  secretDescriber,
  serviceDescriber,
] as const satisfies readonly Describer[];
