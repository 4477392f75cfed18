import { labelSelectorOf } from '../../api/meta/label-selector.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { PodAffinityTerm } from '../../api/schema/generated/core-v1.ts';
import { definePlugin, fits, rejected, unresolvable, type ClusterView, type ReadonlyPod } from '../framework/plugin.ts';
import type { NodeInfo } from '../snapshot/node-info.ts';

/** Matching pods by `topologyKey=value`. */
type Domains = Map<string, number>;

interface Prepared {
  readonly affinity: readonly DeepReadonly<PodAffinityTerm>[];
  readonly antiAffinity: readonly DeepReadonly<PodAffinityTerm>[];
  /** Domains that have a pod which all affinity terms select. */
  readonly wanted: Domains;
  readonly unwanted: Domains;
  /** Domains where a pod is that does not want this one near. */
  readonly refused: Domains;
  /** The first pod of a group that wants to be together may go anywhere. */
  readonly isFirst: boolean;
}

const affinityFails = unresolvable("node(s) didn't match pod affinity rules");
const antiAffinityFails = rejected("node(s) didn't match pod anti-affinity rules");
const existingAntiAffinityFails = rejected("node(s) didn't satisfy existing pods anti-affinity rules");

/** Pods that want, or do not want, to be near others: on the same host, in the same zone. Namespaces by name only where a term lists them. */
export const interPodAffinity = definePlugin<Prepared, Domains>({
  name: 'InterPodAffinity',
  weight: 2,
  normalize: 'higherIsBetter',
  prepareFilter: (pod, view) => {
    const affinity = pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const antiAffinity = pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const refused = domainsThatRefuse(pod, view);
    if (affinity.length === 0 && antiAffinity.length === 0 && refused.size === 0) return undefined;
    const wanted: Domains = new Map();
    const unwanted: Domains = new Map();
    for (const [other, info] of allPods(view)) {
      if (affinity.length > 0 && affinity.every((term) => selects(term, pod, other)))
        for (const term of affinity) count(wanted, term.topologyKey, info, 1);
      for (const term of antiAffinity) if (selects(term, pod, other)) count(unwanted, term.topologyKey, info, 1);
    }
    const isFirst = wanted.size === 0 && affinity.every((term) => selects(term, pod, pod));
    return { affinity, antiAffinity, wanted, unwanted, refused, isFirst };
  },
  filter: (_pod, info, { affinity, antiAffinity, wanted, unwanted, refused, isFirst }) => {
    const inDomain = (domains: Domains, key: string): boolean => domains.has(domainOf(key, info) ?? '');
    if (
      !affinity.every(
        ({ topologyKey }) => domainOf(topologyKey, info) !== undefined && (isFirst || inDomain(wanted, topologyKey)),
      )
    )
      return affinityFails;
    if (antiAffinity.some(({ topologyKey }) => inDomain(unwanted, topologyKey))) return antiAffinityFails;
    for (const domain of refused.keys())
      if (domainOf(domain.slice(0, domain.indexOf('=')), info) === domain) return existingAntiAffinityFails;
    return fits;
  },
  prepareScore: (pod, _nodes, view) => {
    const scores: Domains = new Map();
    const near = pod.spec?.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const apart = pod.spec?.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    if (near.length === 0 && apart.length === 0) return undefined;
    for (const [other, info] of allPods(view)) {
      for (const { weight, podAffinityTerm } of near)
        if (selects(podAffinityTerm, pod, other)) count(scores, podAffinityTerm.topologyKey, info, weight);
      for (const { weight, podAffinityTerm } of apart)
        if (selects(podAffinityTerm, pod, other)) count(scores, podAffinityTerm.topologyKey, info, -weight);
    }
    return scores.size > 0 ? scores : undefined;
  },
  score: (_pod, info, scores) => {
    let sum = 0;
    for (const [domain, score] of scores)
      if (domainOf(domain.slice(0, domain.indexOf('=')), info) === domain) sum += score;
    return sum;
  },
});

function* allPods(view: ClusterView): Iterable<readonly [ReadonlyPod, NodeInfo]> {
  for (const info of view.nodes) for (const pod of info.pods.values()) yield [pod, info];
}

function domainsThatRefuse(pod: ReadonlyPod, view: ClusterView): Domains {
  const refused: Domains = new Map();
  for (const [other, info] of allPods(view))
    for (const term of other.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
      if (selects(term, other, pod)) count(refused, term.topologyKey, info, 1);
  return refused;
}

/** Does the term of `owner` select `candidate`? */
function selects(term: DeepReadonly<PodAffinityTerm>, owner: ReadonlyPod, candidate: ReadonlyPod): boolean {
  const namespaces = term.namespaces?.length ? term.namespaces : [owner.metadata.namespace ?? ''];
  // An empty namespaceSelector is all namespaces.
  const isAll =
    term.namespaceSelector !== undefined &&
    !term.namespaceSelector.matchLabels &&
    !term.namespaceSelector.matchExpressions?.length;
  return (
    (isAll || namespaces.includes(candidate.metadata.namespace ?? '')) &&
    labelSelectorOf(term.labelSelector).matches(candidate.metadata.labels)
  );
}

function domainOf(key: string, { node }: NodeInfo): string | undefined {
  const value = node.metadata.labels?.[key];
  return value === undefined ? undefined : `${key}=${value}`;
}

function count(domains: Domains, key: string, info: NodeInfo, weight: number): void {
  const domain = domainOf(key, info);
  if (domain !== undefined) domains.set(domain, (domains.get(domain) ?? 0) + weight);
}
