import { labelSelectorOf, type Selector } from '../../api/meta/label-selector.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { TopologySpreadConstraint } from '../../api/schema/generated/core-v1.ts';
import { definePlugin, fits, rejected, unresolvable, type ClusterView, type ReadonlyPod } from '../framework/plugin.ts';
import type { NodeInfo } from '../snapshot/node-info.ts';
import { matchesTerms } from './node-selector-terms.ts';
import { tolerates } from './tolerations.ts';

interface Counted {
  readonly key: string;
  readonly maxSkew: number;
  readonly matchesItself: boolean;
  /** Matching pods a domain (value of the label). */
  readonly domains: ReadonlyMap<string, number>;
  readonly fewest: number;
}

const missingLabel = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
const skewed = rejected("node(s) didn't match pod topology spread constraints");

/** Spread of pods that have no constraints of their own: softly over hosts and zones (upstream's system defaults). */
const defaultKeys = [
  { topologyKey: 'kubernetes.io/hostname', maxSkew: 3 },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5 },
];

/** Keeps the pods that a constraint selects spread over the values of a label of nodes. */
export const podTopologySpread = definePlugin<readonly Counted[]>({
  name: 'PodTopologySpread',
  weight: 2,
  normalize: 'lowerIsBetter',
  prepareFilter: (pod, view) => {
    const constraints = (pod.spec?.topologySpreadConstraints ?? []).filter(
      (c) => c.whenUnsatisfiable === 'DoNotSchedule',
    );
    return constraints.length > 0 ? constraints.map((constraint) => countDomains(constraint, pod, view)) : undefined;
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
    if (own.length > 0) return own.map((constraint) => countDomains(constraint, pod, view));
    if (pod.spec?.topologySpreadConstraints?.length || !pod.metadata.ownerReferences?.some((owner) => owner.controller))
      return undefined;
    // Without constraints: pods with the same labels, which are those of the same ReplicaSet.
    const labelSelector = { matchLabels: { ...pod.metadata.labels } };
    return defaultKeys.map((key) =>
      countDomains({ ...key, labelSelector, whenUnsatisfiable: 'ScheduleAnyway' }, pod, view),
    );
  },
  score: (_pod, info, constraints) =>
    constraints.reduce((sum, { key, domains, maxSkew }) => {
      const value = info.node.metadata.labels?.[key];
      return value === undefined ? sum : sum + (domains.get(value) ?? 0) * Math.log(domains.size + 2) + (maxSkew - 1);
    }, 0),
});

function countDomains(
  constraint: DeepReadonly<TopologySpreadConstraint>,
  pod: ReadonlyPod,
  view: ClusterView,
): Counted {
  const selector = withMatchLabelKeys(constraint, pod);
  const domains = new Map<string, number>();
  for (const info of view.nodes) {
    const value = info.node.metadata.labels?.[constraint.topologyKey];
    if (value === undefined || !countsNode(constraint, pod, info)) continue;
    let count = domains.get(value) ?? 0;
    for (const other of info.pods.values())
      if (
        other.metadata.namespace === pod.metadata.namespace &&
        other.metadata.deletionTimestamp === undefined &&
        selector.matches(other.metadata.labels)
      )
        count += 1;
    domains.set(value, count);
  }
  const isShort = domains.size < (constraint.minDomains ?? 1);
  return {
    key: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    matchesItself: selector.matches(pod.metadata.labels),
    domains,
    fewest: isShort || domains.size === 0 ? 0 : Math.min(...domains.values()),
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
    if (required && !matchesTerms(required.nodeSelectorTerms, node)) return false;
  }
  if (constraint.nodeTaintsPolicy === 'Honor')
    return !node.spec?.taints?.some(
      (taint) => taint.effect !== 'PreferNoSchedule' && !tolerates(pod.spec?.tolerations, taint),
    );
  return true;
}
