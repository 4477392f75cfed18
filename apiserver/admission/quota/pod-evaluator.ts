import { qosClassOf } from '../../../api/resources/core/pod-qos.ts';
import type { Pod, PodAffinityTerm, ResourceRequirements } from '../../../api/schema/generated/core-v1.ts';
import { wholePodResourcesWithOverhead } from '../whole-pod-resources.ts';
import type { Evaluator, Scope } from './evaluator.ts';
import type { Amounts } from './resource-lists.ts';
import { matchesSelector } from './scope-selector.ts';

const compute = ['cpu', 'memory', 'ephemeral-storage'];
const measured = new Set([
  'pods',
  'count/pods',
  ...compute.flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
/** What a quota makes every container say. */
const required = new Set(['cpu', 'memory'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]));

/** Pods: their number, and what they ask for while they are not at their end. */
export const podEvaluator: Evaluator = {
  handlesUpdate: ({ object, oldObject, subresource }) =>
    subresource === 'resize' || isTerminating(object as unknown as Pod) !== isTerminating(oldObject as unknown as Pod),
  measures: (name) =>
    measured.has(name) ||
    name.startsWith('hugepages-') ||
    name.startsWith('requests.hugepages-') ||
    (name.startsWith('requests.') && isExtended(name.slice('requests.'.length))),
  usage: (object) => {
    const pod = object as Pod;
    const count = { 'count/pods': '1' };
    if (!pod.spec || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return count;
    return {
      ...count,
      ...computeUsage({
        requests: wholePodResourcesWithOverhead(pod.spec, 'requests'),
        limits: wholePodResourcesWithOverhead(pod.spec, 'limits'),
      }),
    };
  },
  matchesScope: (object, scope) => matchesScope(object as Pod, scope),
  missing: (object, limited) => {
    const { spec } = object as Pod;
    const wanted = limited.filter((name) => required.has(name));
    if (!spec || !wanted.length) return undefined;
    const whole = computeUsage(spec.resources ?? {});
    const missing = new Map<string, string[]>();
    for (const { name: container, resources } of [...spec.containers, ...(spec.initContainers ?? [])]) {
      const said = { ...computeUsage(resources ?? {}), ...(spec.resources ? whole : {}) };
      for (const name of wanted) {
        if (said[name] === undefined) missing.set(name, [...(missing.get(name) ?? []), container]);
      }
    }
    if (!missing.size) return undefined;
    const texts = [...missing.keys()]
      .sort()
      .map((name) => `${name} for: ${[...new Set(missing.get(name))].sort().join(',')}`);
    return `must specify ${texts.join('; ')}`;
  },
};

function computeUsage({ requests = {}, limits = {} }: Pick<ResourceRequirements, 'requests' | 'limits'>): Amounts {
  const usage: Record<string, string> = { pods: '1' };
  for (const [name, amount] of Object.entries(requests)) {
    if (compute.includes(name) || name.startsWith('hugepages-')) usage[name] = amount;
    if (compute.includes(name) || name.startsWith('hugepages-') || isExtended(name)) usage[`requests.${name}`] = amount;
  }
  for (const [name, amount] of Object.entries(limits)) {
    if (compute.includes(name)) usage[`limits.${name}`] = amount;
  }
  return usage;
}

/** A resource of a domain that is not Kubernetes' own. */
function isExtended(name: string): boolean {
  const domain = name.includes('/') ? name.slice(0, name.indexOf('/')) : '';
  return domain !== '' && domain !== 'kubernetes.io' && !domain.endsWith('.kubernetes.io');
}

function isTerminating({ spec }: Pod): boolean {
  return spec?.activeDeadlineSeconds !== undefined && spec.activeDeadlineSeconds >= 0;
}

function matchesScope(pod: Pod, scope: Scope): boolean {
  switch (scope.scopeName) {
    case 'Terminating':
      return isTerminating(pod);
    case 'NotTerminating':
      return !isTerminating(pod);
    case 'BestEffort':
      return qosClassOf(pod) === 'BestEffort';
    case 'NotBestEffort':
      return qosClassOf(pod) !== 'BestEffort';
    case 'PriorityClass':
      return matchesSelector(scope, pod.spec?.priorityClassName);
    case 'CrossNamespacePodAffinity':
      return usesOtherNamespaces(pod);
    default:
      return false;
  }
}

function usesOtherNamespaces({ spec }: Pod): boolean {
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  const terms: PodAffinityTerm[] = [podAffinity, podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((weighted) => weighted.podAffinityTerm),
  ]);
  return terms.some(({ namespaces, namespaceSelector }) => namespaces?.length || namespaceSelector);
}
