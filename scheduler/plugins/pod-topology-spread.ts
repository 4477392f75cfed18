import { labelSelectorOf, type Selector } from '../../api/meta/label-selector.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { TopologySpreadConstraint } from '../../api/schema/generated/core-v1.ts';
import { definePlugin, fits, rejected, unresolvable, type ClusterView } from '../framework/plugin.ts';
import type { ReadonlyPod } from '../framework/readonly-pod.ts';
import type { NodeInfo } from '../snapshot/node-info.ts';
import { matchesNodeSelectorTerms } from '../../api/resources/core/node-selector-terms.ts';
import { tolerationsTolerateTaint } from '../../api/resources/core/tolerations.ts';

interface Counted {
  readonly key: string;
  readonly maxSkew: number;
  readonly matchesItself: boolean;
  /** Matching pods a domain (value of the label). */
  readonly domains: ReadonlyMap<string, number>;
  readonly fewest: number;
}

interface Spread {
  readonly constraints: readonly Counted[];
  /** A node without the labels of the pod's own constraints is out of the reckoning. */
  readonly needsLabels: boolean;
}

const missingLabel = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
const skewed = rejected("node(s) didn't match pod topology spread constraints");

/** Spread of pods that have no constraints of their own: softly over hosts and zones (upstream's system defaults). */
const defaultKeys = [
  { topologyKey: 'kubernetes.io/hostname', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
];

/** Keeps the pods that a constraint selects spread over the values of a label of nodes. */
export const podTopologySpread = definePlugin<readonly Counted[], Spread>({
  name: 'PodTopologySpread',
  weight: 2,
  normalize: fewestPodsFirst,
  prepareFilter: (pod, view) => {
    const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(
      (c) => c.whenUnsatisfiable === 'DoNotSchedule',
    );
    return constraints.length > 0 ? countAll(constraints, pod, view) : undefined;
  },
  filter: (_pod, info, constraints) => {
    for (const { key, maxSkew, domains, fewest, matchesItself } of constraints) {
      const value = info.node.metadata.labels?.[key];
      if (value === undefined) return missingLabel;
      if ((domains.get(value) ?? 0) + Number(matchesItself) - fewest > maxSkew) return skewed;
    }
    return fits;
  },
  prepareScore: (pod, _nodes, view) => {
    const own = (pod.spec?.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === 'ScheduleAnyway');
    if (own.length > 0) return { constraints: countAll(own, pod, view), needsLabels: true };
    if (pod.spec?.topologySpreadConstraints?.length || !pod.metadata.ownerReferences?.some((owner) => owner.controller))
      return undefined;
    // Without constraints: pods with the same labels, which are those of the same ReplicaSet.
    const labelSelector = { matchLabels: { ...pod.metadata.labels } };
    const constraints = defaultKeys.map((key) =>
      countDomains({ ...key, labelSelector, whenUnsatisfiable: 'ScheduleAnyway' }, [key.topologyKey], pod, view),
    );
    return { constraints, needsLabels: false };
  },
  score: (_pod, info, { constraints, needsLabels }) => {
    let sum = 0;
    for (const { key, domains, maxSkew } of constraints) {
      const value = info.node.metadata.labels?.[key];
      if (value !== undefined) sum += (domains.get(value) ?? 0) * Math.log(domains.size + 2) + (maxSkew - 1);
      else if (needsLabels) return Infinity;
    }
    return sum;
  },
});

/** The fewer pods the better, as upstream weighs it; a node without the labels is the worst. */
function fewestPodsFirst(scores: readonly number[]): readonly number[] {
  let [min, max] = [Infinity, 0];
  for (const score of scores) {
    if (score === Infinity) continue;
    min = Math.min(min, Math.round(score));
    max = Math.max(max, Math.round(score));
  }
  return scores.map((score) => {
    if (score === Infinity) return 0;
    return max === 0 ? 100 : Math.floor((100 * (max + min - Math.round(score))) / max);
  });
}

function countAll(
  constraints: readonly DeepReadonly<TopologySpreadConstraint>[],
  pod: ReadonlyPod,
  view: ClusterView,
): Counted[] {
  const keys = constraints.map(({ topologyKey }) => topologyKey);
  return constraints.map((constraint) => countDomains(constraint, keys, pod, view));
}

/** Counts over the nodes that may take the pod and have every one of the labels. */
function countDomains(
  constraint: DeepReadonly<TopologySpreadConstraint>,
  requiredLabels: readonly string[],
  pod: ReadonlyPod,
  view: ClusterView,
): Counted {
  const selector = withMatchLabelKeys(constraint, pod);
  const { topologyKey } = constraint;
  const counts = (info: NodeInfo): boolean =>
    requiredLabels.every((key) => info.node.metadata.labels?.[key] !== undefined) && countsNode(constraint, pod, info);
  const domains = new Map<string, number>();
  for (const info of view.nodes) {
    const value = info.node.metadata.labels?.[topologyKey];
    if (value !== undefined && !domains.has(value) && counts(info)) domains.set(value, 0);
  }
  for (const group of view.groups.all()) {
    if (group.isTerminating || group.namespace !== pod.metadata.namespace || !selector.matches(group.labels)) continue;
    for (const [info, pods] of group.nodes) {
      const value = info.node.metadata.labels?.[topologyKey];
      if (value !== undefined && counts(info)) domains.set(value, (domains.get(value) ?? 0) + pods);
    }
  }
  let fewest = domains.size > 0 && domains.size >= (constraint.minDomains ?? 1) ? Infinity : 0;
  for (const count of domains.values()) fewest = Math.min(fewest, count);
  return {
    key: topologyKey,
    maxSkew: constraint.maxSkew,
    matchesItself: selector.matches(pod.metadata.labels),
    domains,
    fewest,
  };
}

function withMatchLabelKeys(constraint: DeepReadonly<TopologySpreadConstraint>, pod: ReadonlyPod): Selector {
  const labels = pod.metadata.labels ?? {};
  const matchLabels = { ...constraint.labelSelector?.matchLabels };
  for (const key of constraint.matchLabelKeys ?? []) if (labels[key] !== undefined) matchLabels[key] = labels[key];
  return labelSelectorOf(constraint.labelSelector ? { ...constraint.labelSelector, matchLabels } : undefined);
}

/** Do pods on this node count? By default all nodes that the pod's own affinity allows, tainted or not. */
function countsNode(constraint: DeepReadonly<TopologySpreadConstraint>, pod: ReadonlyPod, { node }: NodeInfo): boolean {
  if (constraint.nodeAffinityPolicy !== 'Ignore') {
    const labels = node.metadata.labels ?? {};
    if (!Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
    const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    if (required && !matchesNodeSelectorTerms(required.nodeSelectorTerms, node)) return false;
  }
  if (constraint.nodeTaintsPolicy === 'Honor')
    return !node.spec?.taints?.some(
      (taint) => taint.effect !== 'PreferNoSchedule' && !tolerationsTolerateTaint(pod.spec?.tolerations, taint),
    );
  return true;
}
