import { below, hasMember, isEmptySet, memberWith, type FieldSet } from './field-set.ts';
import { anyNode, itemElement, resolve, type TypeNode } from './type-node.ts';
import { setOwn } from '../schema/decode.ts';
import { isJsonObject, type JsonObject } from '../meta/json-object.ts';

/**
 * The object without these fields and items. A container that loses all it held is null. Neither argument is changed.
 *
 * @throws ItemError where an item of a granular list has no key
 */
export function removeItems(node: TypeNode, object: JsonObject, set: FieldSet): JsonObject {
  return (removeFrom(node, object, set) ?? {}) as JsonObject;
}

function removeFrom(node: TypeNode, value: unknown, set: FieldSet): unknown {
  if (isEmptySet(set)) return value;
  const type = resolve(node, value);
  switch (type.kind) {
    case 'struct':
    case 'map':
      if (!isJsonObject(value) || type.isAtomic) return null;
      return removeKeys(type, value, set);
    case 'list':
      if (!Array.isArray(value) || type.list === 'atomic') return null;
      return removeListItems(type, value, set);
    default:
      return value;
  }
}

function removeKeys(type: TypeNode & { kind: 'struct' | 'map' }, value: JsonObject, set: FieldSet): unknown {
  const kept: JsonObject = {};
  let isEmpty = true;
  for (const key in value) {
    const element = `f:${key}`;
    if (value[key] === undefined || hasMember(set, element)) continue;
    const fieldType = type.kind === 'map' ? type.item : (type.fields.get(key)?.type ?? anyNode);
    setOwn(kept, key, removeFrom(fieldType, value[key], below(set, element)));
    isEmpty = false;
  }
  return isEmpty ? null : kept;
}

function removeListItems(list: TypeNode & { kind: 'list' }, value: unknown[], set: FieldSet): unknown {
  const kept: unknown[] = [];
  for (const item of value) {
    const element = itemElement(list.keys, item);
    if (!hasMember(set, element)) kept.push(removeFrom(list.item, item, below(set, element)));
  }
  return kept.length === 0 ? null : kept;
}

/**
 * The set with every struct field that has members below it as a member itself: such fields are not owned by name, but
 * go when all they held goes.
 */
export function withNamedFields(node: TypeNode, set: FieldSet): FieldSet {
  if (node.kind === 'scalar') return set;
  const result: Record<string, FieldSet> = {};
  for (const element in set) {
    const child = set[element]!;
    if (isEmptySet(child)) {
      result[element] = child;
      continue;
    }
    const field = node.kind === 'struct' ? node.fields.get(element.slice(2)) : undefined;
    const type = node.kind === 'struct' ? field?.type : node.kind === 'any' ? anyNode : node.item;
    const named = withNamedFields(type ?? anyNode, child);
    result[element] = field ? memberWith(named) : named;
  }
  return result;
}
