import { jsonEqual } from '../../api/meta/equality.ts';
import { labelSelectorOf } from '../../api/meta/label-selector.ts';
import type { DeepReadonly } from '../../api/meta/object.ts';
import type { ClusterRole, PolicyRule } from '../../api/schema/generated/rbac-v1.ts';
import type { LabelSelector } from '../../api/schema/generated/meta-v1.ts';

type Rule = DeepReadonly<PolicyRule>;

/**
 * The rules an aggregating role should have: those of every other role its selectors find, selector by selector and by
 * name, each once. Undefined where it has just these, or does not aggregate.
 */
export function planAggregatedRules(
  role: DeepReadonly<ClusterRole>,
  all: readonly DeepReadonly<ClusterRole>[],
): readonly Rule[] | undefined {
  if (!role.aggregationRule) return undefined;
  const byName = [...all].sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  const rules: Rule[] = [];
  for (const labels of role.aggregationRule.clusterRoleSelectors ?? []) {
    const selector = labelSelectorOf(labels as LabelSelector);
    for (const other of byName) {
      if (other.metadata.name === role.metadata.name || !selector.matches(other.metadata.labels)) continue;
      for (const rule of other.rules ?? []) if (!rules.some((known) => jsonEqual(known, rule))) rules.push(rule);
    }
  }
  return jsonEqual(rules, role.rules ?? []) ? undefined : rules;
}
