import type { DeepReadonly } from '../../api/meta/object.ts';
import type { NodeSelectorRequirement, NodeSelectorTerm } from '../../api/schema/generated/core-v1.ts';

/** Does one of the terms hold of the node? A term without requirements holds of none. */
export function matchesNodeSelectorTerms(
  terms: readonly DeepReadonly<NodeSelectorTerm>[],
  node: { readonly name: string; readonly labels: Readonly<Record<string, string>> },
): boolean {
  return terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false;
    const fields = { 'metadata.name': node.name };
    return (
      matchExpressions.every((requirement) => matches(requirement, node.labels)) &&
      matchFields.every((requirement) => matches(requirement, fields))
    );
  });
}

function matches(
  { key, operator, values = [] }: DeepReadonly<NodeSelectorRequirement>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
