import { isValidLabelValue } from '../../meta/names.ts';
import type { NodeSelectorTerm } from '../../schema/generated/core-v1.ts';
import type { LabelSelector } from '../../schema/generated/meta-v1.ts';

const deprecatedLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

/** What is to be said of a label of nodes that is on its way out; undefined of any other. */
export function nodeLabelDeprecation(label: string): string | undefined {
  return Object.hasOwn(deprecatedLabels, label) ? deprecatedLabels[label] : undefined;
}

/** Warns of node labels that are on their way out. */
export function warnOfTerm({ matchExpressions }: NodeSelectorTerm, path: string, warnings: string[]): void {
  for (const [index, { key }] of (matchExpressions ?? []).entries()) {
    const deprecation = nodeLabelDeprecation(key);
    if (deprecation) warnings.push(`${path}.matchExpressions[${index}].key: ${key} is ${deprecation}`);
  }
}

/** As `warnOfTerm`, and of values that no label has: of what is only preferred they are no errors. */
export function warnOfPreferredTerm(term: NodeSelectorTerm, path: string, warnings: string[]): void {
  for (const [index, { key, values }] of (term.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    const deprecation = nodeLabelDeprecation(key);
    if (deprecation) warnings.push(`${at}.key: ${key} is ${deprecation}`);
    for (const [v, value] of (values ?? []).entries())
      for (const why of isValidLabelValue(value)) warnings.push(`${at}.values[${v}]: ${value} is invalid, ${why}`);
  }
}

/** As `warnOfTerm`, of a selector of nodes by their labels. */
export function warnOfNodeSelector(selector: LabelSelector | undefined, path: string, warnings: string[]): void {
  if (!selector) return;
  warnOfTerm(selector, path, warnings);
  for (const label of Object.keys(selector.matchLabels ?? {})) {
    const deprecation = nodeLabelDeprecation(label);
    if (deprecation) warnings.push(`${path}.matchLabels.${label}: ${deprecation}`);
  }
}
