import type { AdmissionEntry } from './admission.ts';
import { createDefaultTolerationSeconds } from './plugins/default-toleration-seconds.ts';
import { createNamespaceLifecycle } from './plugins/namespace-lifecycle.ts';
import { createPriority } from './plugins/priority.ts';
import { createServiceAccount } from './plugins/service-account.ts';
import { createTaintNodesByCondition } from './plugins/taint-nodes-by-condition.ts';

/** The plugins in the order in which they run, which is upstream's: later ones see what earlier ones changed. */
export const admissionPlugins = [
  { name: 'NamespaceLifecycle', onByDefault: true, create: createNamespaceLifecycle },
  { name: 'ServiceAccount', onByDefault: true, create: createServiceAccount },
  { name: 'TaintNodesByCondition', onByDefault: true, create: createTaintNodesByCondition },
  { name: 'Priority', onByDefault: true, create: createPriority },
  { name: 'DefaultTolerationSeconds', onByDefault: true, create: createDefaultTolerationSeconds },
] as const satisfies readonly AdmissionEntry[];
