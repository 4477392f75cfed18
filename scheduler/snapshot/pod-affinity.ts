import { labelSelectorOf } from '../../api/meta/label-selector.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { PodAffinityTerm, WeightedPodAffinityTerm } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyPod } from '../framework/readonly-pod.ts';

/** What selectors see of a pod. */
export interface Selectable {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>> | undefined;
}

/** A term with its selector parsed, so that it is parsed once and not for every pod that is looked at. */
export interface AffinityTerm {
  readonly topologyKey: string;
  selects(candidate: Selectable): boolean;
}

export interface WeightedTerm {
  readonly weight: number;
  readonly term: AffinityTerm;
}

/** Which pods a pod wants to be near, and which not. */
export interface PodAffinity {
  readonly requiredNear: readonly AffinityTerm[];
  readonly requiredApart: readonly AffinityTerm[];
  readonly preferredNear: readonly WeightedTerm[];
  readonly preferredApart: readonly WeightedTerm[];
}

/** The pod's affinity to other pods; undefined where it has none. */
export function podAffinityOf(pod: ReadonlyPod): PodAffinity | undefined {
  const { podAffinity: near, podAntiAffinity: apart } = pod.spec?.affinity ?? {};
  if (!near && !apart) return undefined;
  const namespace = pod.metadata.namespace ?? '';
  const required = (terms: readonly DeepReadonly<PodAffinityTerm>[] = []): AffinityTerm[] =>
    terms.map((term) => affinityTerm(term, namespace));
  const preferred = (terms: readonly DeepReadonly<WeightedPodAffinityTerm>[] = []): WeightedTerm[] =>
    terms.map(({ weight, podAffinityTerm }) => ({ weight, term: affinityTerm(podAffinityTerm, namespace) }));
  return {
    requiredNear: required(near?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredApart: required(apart?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredNear: preferred(near?.preferredDuringSchedulingIgnoredDuringExecution),
    preferredApart: preferred(apart?.preferredDuringSchedulingIgnoredDuringExecution),
  };
}

/** Namespaces count by name; of namespace selectors only the empty one, which is all of them. */
function affinityTerm(term: DeepReadonly<PodAffinityTerm>, ownNamespace: string): AffinityTerm {
  const { namespaceSelector } = term;
  const isAll =
    namespaceSelector !== undefined &&
    Object.keys(namespaceSelector.matchLabels ?? {}).length === 0 &&
    !namespaceSelector.matchExpressions?.length;
  const isOwn = !term.namespaces?.length && namespaceSelector === undefined;
  const namespaces = isOwn ? [ownNamespace] : (term.namespaces ?? []);
  const selector = labelSelectorOf(term.labelSelector);
  return {
    topologyKey: term.topologyKey,
    selects: ({ namespace, labels }) => (isAll || namespaces.includes(namespace)) && selector.matches(labels),
  };
}
