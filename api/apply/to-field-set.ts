import { hasMember, leaf, memberWith, type FieldSet } from './field-set.ts';
import { anyNode, itemElement, resolve, type StructNode, type TypeNode } from './type-node.ts';
import { isJsonObject, type JsonObject } from '../meta/json-object.ts';

/**
 * The fields a configuration mentions, which is what applying it owns: leaves, entries of maps and items of lists, and
 * containers only where they are empty or null.
 *
 * @throws ItemError where an item of a granular list has no key
 */
export function toFieldSet(node: TypeNode, object: object): FieldSet {
  return fieldsBelow(node, object) ?? leaf;
}

/** Undefined where nothing at all is mentioned below; `leaf` where the value itself is one field. */
function fieldsBelow(node: TypeNode, value: unknown): FieldSet | undefined {
  if (value === null) return leaf;
  const type = resolve(node, value);
  switch (type.kind) {
    case 'struct':
    case 'map':
      if (type.isAtomic || !isJsonObject(value)) return leaf;
      return type.kind === 'struct' ? structFields(type, value) : mapFields(type.item, value);
    case 'list':
      if (type.list === 'atomic' || !Array.isArray(value)) return leaf;
      return listItems(type, value);
    default:
      return leaf;
  }
}

function structFields(struct: StructNode, value: JsonObject): FieldSet | undefined {
  const fields: Record<string, FieldSet> = {};
  let isEmpty = true;
  let hasFields = false;
  for (const name in value) {
    const held = value[name];
    if (held === undefined) continue;
    isEmpty = false;
    const field = struct.fields.get(name);
    if (field?.isIgnored) continue;
    const below = fieldsBelow(field?.type ?? anyNode, held);
    // What the schema does not name is an entry, as in a map.
    const node = field ? below : memberWith(below ?? leaf);
    if (node === undefined) continue;
    fields[field?.element ?? `f:${name}`] = node;
    hasFields = true;
  }
  return isEmpty ? leaf : hasFields ? fields : undefined;
}

function mapFields(item: TypeNode, value: JsonObject): FieldSet {
  const fields: Record<string, FieldSet> = {};
  for (const key in value) {
    if (value[key] !== undefined) fields[`f:${key}`] = memberWith(fieldsBelow(item, value[key]) ?? leaf);
  }
  return fields;
}

function listItems(list: TypeNode & { kind: 'list' }, value: unknown[]): FieldSet | undefined {
  if (value.length === 0) return undefined;
  const items: Record<string, FieldSet> = {};
  const twice = new Set<string>();
  for (const item of value) {
    const element = itemElement(list.keys, item);
    if (hasMember(items, element)) twice.add(element);
    else items[element] = memberWith(fieldsBelow(list.item, item) ?? leaf);
  }
  // Of what is said twice only the item itself can be owned.
  for (const element of twice) items[element] = leaf;
  return items;
}
