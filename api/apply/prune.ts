import { difference, intersection, isEmptySet, union, type FieldSet } from './field-set.ts';
import { removeItems, withNamedFields } from './remove-items.ts';
import { toFieldSet } from './to-field-set.ts';
import type { TypeNode } from './type-node.ts';
import type { JsonObject } from '../meta/json-object.ts';

/**
 * The merged object without what its applier owned by its last apply, does not apply any more, and nobody else owns.
 * `owned` is what all managers own now, the applier with its new configuration among them. Follows upstream step by
 * step: take all of the last apply away, put back what is owned, put back what was never the applier's.
 */
export function prune(
  node: TypeNode,
  merged: JsonObject,
  { last, owned }: { readonly last: FieldSet | undefined; readonly owned: FieldSet },
): JsonObject {
  if (!last || isEmptySet(last)) return merged;
  const fieldsOf = (object: JsonObject): FieldSet => withNamedFields(node, toFieldSet(node, object));
  const lastFields = withNamedFields(node, last);
  const mergedFields = fieldsOf(merged);
  const bare = removeItems(node, merged, lastFields);
  const kept = union(fieldsOf(bare), withNamedFields(node, owned));
  const withOwned = removeItems(node, merged, difference(mergedFields, kept));
  const gone = difference(mergedFields, fieldsOf(withOwned));
  return removeItems(node, merged, intersection(gone, lastFields));
}
