import type { DeepReadonly } from '../../api/meta/object.ts';
import type { PodFailurePolicy, PodFailurePolicyRule } from '../../api/schema/generated/batch-v1.ts';
import { podCondition, type ReadonlyPod } from '../framework/pod-state.ts';

export interface FailureVerdict {
  /** `Count` also where no rule matches. */
  readonly action: 'Count' | 'FailIndex' | 'FailJob' | 'Ignore';
  /** Why the job fails, for `FailJob`. */
  readonly message?: string;
}

/** What the policy says of a failed pod: its first rule that matches decides. */
export function judgeFailure(policy: DeepReadonly<PodFailurePolicy> | undefined, pod: ReadonlyPod): FailureVerdict {
  for (const [i, rule] of (policy?.rules ?? []).entries()) {
    const why = matchOf(rule, pod);
    if (why === undefined) continue;
    const action = rule.action as FailureVerdict['action'];
    if (action !== 'FailJob') return { action };
    return { action, message: `${why} matching FailJob rule at index ${i}` };
  }
  return { action: 'Count' };
}

function matchOf(rule: DeepReadonly<PodFailurePolicyRule>, pod: ReadonlyPod): string | undefined {
  const at = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (rule.onExitCodes) {
    const { containerName, operator, values } = rule.onExitCodes;
    const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    for (const { name, state } of statuses) {
      const exitCode = state?.terminated?.exitCode ?? 0;
      if (exitCode === 0 || (containerName !== undefined && containerName !== name)) continue;
      if (values.includes(exitCode) === (operator === 'In'))
        return `Container ${name} for pod ${at} failed with exit code ${exitCode}`;
    }
    return undefined;
  }
  const pattern = rule.onPodConditions?.find(({ type, status = 'True' }) => podCondition(pod, type)?.status === status);
  return pattern && `Pod ${at} has condition ${pattern.type}`;
}
