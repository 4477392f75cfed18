import type { DeepReadonly } from '../../api/meta/object.ts';
import type { Node, NodeSelectorRequirement, NodeSelectorTerm } from '../../api/schema/generated/core-v1.ts';

/** True where one of the terms matches. An empty term matches nothing, as upstream has it. */
export function matchesTerms(terms: readonly DeepReadonly<NodeSelectorTerm>[], node: DeepReadonly<Node>): boolean {
  return terms.some((term) => matchesTerm(term, node));
}

export function matchesTerm(term: DeepReadonly<NodeSelectorTerm>, node: DeepReadonly<Node>): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  return (
    matchExpressions.every((requirement) => matchesRequirement(requirement, labels)) &&
    matchFields.every((requirement) => matchesRequirement(requirement, { 'metadata.name': node.metadata.name! }))
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
