import { definePlugin, fits, unresolvable } from '../framework/plugin.ts';
import { matchesNodeSelectorTerm, matchesNodeSelectorTerms } from '../../api/resources/core/node-selector-terms.ts';

const noMatch = unresolvable("node(s) didn't match Pod's node affinity/selector");

/** Node selectors and node affinity: required ones filter, preferred ones score by their weights. */
export const nodeAffinity = definePlugin({
  name: 'NodeAffinity',
  weight: 2,
  normalize: 'higherIsBetter',
  prepareFilter: (pod) =>
    pod.spec?.nodeSelector || pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
      ? true
      : undefined,
  filter: (pod, { node }) => {
    const labels = node.metadata.labels ?? {};
    if (!Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return noMatch;
    const required = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
    return !required || matchesNodeSelectorTerms(required.nodeSelectorTerms, node) ? fits : noMatch;
  },
  prepareScore: (pod) =>
    pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.length ? true : undefined,
  score: (pod, { node }) =>
    pod.spec!.affinity!.nodeAffinity!.preferredDuringSchedulingIgnoredDuringExecution!.reduce(
      (sum, { weight, preference }) => sum + (matchesNodeSelectorTerm(preference, node) ? weight : 0),
      0,
    ),
});
