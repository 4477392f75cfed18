import { definePlugin, fits, rejected, unresolvable, type ClusterView } from '../framework/plugin.ts';
import type { ReadonlyPod } from '../framework/readonly-pod.ts';
import { podAffinityOf, type AffinityTerm, type Selectable } from '../snapshot/pod-affinity.ts';
import type { PodGroup } from '../snapshot/pod-groups.ts';
import { TopologyCounts } from '../snapshot/topology.ts';

interface Prepared {
  readonly near: readonly AffinityTerm[];
  readonly apart: readonly AffinityTerm[];
  /** Domains that have a pod which all affinity terms select. */
  readonly wanted: TopologyCounts;
  readonly unwanted: TopologyCounts;
  /** Domains where a pod is that does not want this one near. */
  readonly refused: TopologyCounts;
  /** The first pod of a group that wants to be together may go anywhere. */
  readonly isFirst: boolean;
}

const affinityFails = unresolvable("node(s) didn't match pod affinity rules");
const antiAffinityFails = rejected("node(s) didn't match pod anti-affinity rules");
const existingAntiAffinityFails = rejected("node(s) didn't satisfy existing pods anti-affinity rules");

/** What a required term of a pod that is there already weighs for one that it wants near (upstream's hardPodAffinityWeight). */
const requiredWeight = 1;

/** Pods that want, or do not want, to be near others: on the same host, in the same zone. Both sides' wishes count. */
export const interPodAffinity = definePlugin<Prepared, TopologyCounts>({
  name: 'InterPodAffinity',
  weight: 2,
  normalize: 'higherIsBetter',
  prepareFilter: (pod, view) => {
    const self = selectable(pod);
    const { requiredNear: near = [], requiredApart: apart = [] } = podAffinityOf(pod) ?? {};
    const refused = domainsThatRefuse(self, view);
    if (near.length === 0 && apart.length === 0 && refused.isEmpty) return undefined;
    const wanted = new TopologyCounts();
    const unwanted = new TopologyCounts();
    if (near.length > 0 || apart.length > 0)
      for (const group of view.groups.all()) {
        if (near.length > 0 && near.every((term) => term.selects(group)))
          for (const { topologyKey } of near) addGroup(wanted, topologyKey, group, 1);
        for (const term of apart) if (term.selects(group)) addGroup(unwanted, term.topologyKey, group, 1);
      }
    return {
      near,
      apart,
      wanted,
      unwanted,
      refused,
      isFirst: wanted.isEmpty && near.every((term) => term.selects(self)),
    };
  },
  filter: (_pod, info, { near, apart, wanted, unwanted, refused, isFirst }) => {
    for (const { topologyKey } of near) {
      if (info.node.metadata.labels?.[topologyKey] === undefined) return affinityFails;
      if (!isFirst && wanted.get(topologyKey, info) === undefined) return affinityFails;
    }
    if (apart.some(({ topologyKey }) => unwanted.get(topologyKey, info) !== undefined)) return antiAffinityFails;
    return refused.includes(info) ? existingAntiAffinityFails : fits;
  },
  prepareScore: (pod, _nodes, view) => {
    const self = selectable(pod);
    const { preferredNear = [], preferredApart = [] } = podAffinityOf(pod) ?? {};
    const scores = new TopologyCounts();
    if (preferredNear.length > 0 || preferredApart.length > 0)
      for (const group of view.groups.all()) {
        for (const { weight, term } of preferredNear)
          if (term.selects(group)) addGroup(scores, term.topologyKey, group, weight);
        for (const { weight, term } of preferredApart)
          if (term.selects(group)) addGroup(scores, term.topologyKey, group, -weight);
      }
    for (const group of view.groups.withAffinity()) {
      for (const term of group.affinity!.requiredNear)
        if (term.selects(self)) addGroup(scores, term.topologyKey, group, requiredWeight);
      for (const { weight, term } of group.affinity!.preferredNear)
        if (term.selects(self)) addGroup(scores, term.topologyKey, group, weight);
      for (const { weight, term } of group.affinity!.preferredApart)
        if (term.selects(self)) addGroup(scores, term.topologyKey, group, -weight);
    }
    return scores.isEmpty ? undefined : scores;
  },
  score: (_pod, info, scores) => scores.sum(info),
});

function domainsThatRefuse(self: Selectable, view: ClusterView): TopologyCounts {
  const refused = new TopologyCounts();
  for (const group of view.groups.withAffinity())
    for (const term of group.affinity!.requiredApart)
      if (term.selects(self)) addGroup(refused, term.topologyKey, group, 1);
  return refused;
}

function addGroup(counts: TopologyCounts, key: string, group: PodGroup, weight: number): void {
  for (const [info, pods] of group.nodes) counts.add(key, info, pods * weight);
}

function selectable({ metadata: { namespace = '', labels } }: ReadonlyPod): Selectable {
  return { namespace, labels };
}
