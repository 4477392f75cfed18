import { definePlugin, fits, unresolvable } from '../framework/plugin.ts';
import type { ReadonlyPod } from '../framework/readonly-pod.ts';
import { tolerationsTolerateTaint } from '../../api/resources/core/tolerations.ts';

type Tolerations = NonNullable<ReadonlyPod['spec']>['tolerations'];

/** Nodes keep off pods that do not tolerate their taints; of the rest those with fewer soft taints are better. */
export const taintToleration = definePlugin<unknown, Tolerations>({
  name: 'TaintToleration',
  weight: 3,
  normalize: 'lowerIsBetter',
  filter: (pod, info) => {
    const untolerated = info.node.spec?.taints?.find(
      (taint) =>
        (taint.effect === 'NoSchedule' || taint.effect === 'NoExecute') &&
        !tolerationsTolerateTaint(pod.spec?.tolerations, taint),
    );
    return untolerated
      ? unresolvable(`node(s) had untolerated taint {${untolerated.key}: ${untolerated.value ?? ''}}`)
      : fits;
  },
  prepareScore: (pod) =>
    (pod.spec?.tolerations ?? []).filter(
      (toleration) => !toleration.effect || toleration.effect === 'PreferNoSchedule',
    ),
  score: (_pod, info, tolerations) =>
    (info.node.spec?.taints ?? []).filter(
      (taint) => taint.effect === 'PreferNoSchedule' && !tolerationsTolerateTaint(tolerations, taint),
    ).length,
});
