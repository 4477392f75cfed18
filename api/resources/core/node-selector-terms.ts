import type { DeepReadonly } from '../../meta/object.ts';
import type { Node, NodeSelectorRequirement, NodeSelectorTerm } from '../../schema/generated/core-v1.ts';

/** What of a node is selected by. */
export interface SelectableNode {
  readonly metadata: DeepReadonly<Pick<Node['metadata'], 'name' | 'labels'>>;
}

/** Does one of the terms hold of the node? A term without requirements holds of none. */
export function matchesNodeSelectorTerms(
  terms: readonly DeepReadonly<NodeSelectorTerm>[],
  node: SelectableNode,
): boolean {
  return terms.some((term) => matchesNodeSelectorTerm(term, node));
}

/** Do all requirements of the term hold of the node? Never where there are none. */
export function matchesNodeSelectorTerm(
  { matchExpressions = [], matchFields = [] }: DeepReadonly<NodeSelectorTerm>,
  { metadata: { name, labels = {} } }: SelectableNode,
): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  return (
    matchExpressions.every((requirement) => matchesRequirement(requirement, labels)) &&
    matchFields.every((requirement) => matchesRequirement(requirement, { 'metadata.name': name! }))
  );
}

function matchesRequirement(
  { key, operator, values = [] }: DeepReadonly<NodeSelectorRequirement>,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
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
    case 'Lt': {
      if (value === undefined || !/^[+-]?\d+$/.test(value) || !/^[+-]?\d+$/.test(values[0] ?? '')) return false;
      const [have, limit] = [BigInt(value), BigInt(values[0]!)];
      return operator === 'Gt' ? have > limit : have < limit;
    }
    default:
      return false;
  }
}
