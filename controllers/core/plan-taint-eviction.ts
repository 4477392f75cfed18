import { toleratesTaint } from '../../api/resources/core/tolerations.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Taint } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyPod } from '../framework/pod-state.ts';

/**
 * How long a pod may stay on a node with these taints, in ms: 0 where one of them is not tolerated, the shortest of its
 * tolerations' times else; undefined for ever.
 */
export function toleratedMs(pod: ReadonlyPod, taints: readonly DeepReadonly<Taint>[]): number | undefined {
  let seconds: number | undefined;
  for (const taint of taints) {
    const toleration = pod.spec?.tolerations?.find((one) => toleratesTaint(one, taint));
    if (!toleration) return 0;
    if (toleration.tolerationSeconds === undefined) continue;
    seconds = Math.min(seconds ?? Infinity, Math.max(0, toleration.tolerationSeconds));
  }
  return seconds === undefined ? undefined : seconds * 1000;
}
