import { jsonEqual } from '../meta/equality.ts';
import { leaf, memberWith, type FieldSet } from './field-set.ts';
import {
  anyNode,
  itemElement,
  resolve,
  type FieldNode,
  type ListKey,
  type StructNode,
  type TypeNode,
} from './type-node.ts';
import { isJsonObject, type JsonObject } from '../meta/json-object.ts';

/** What differs between two objects: fields that came or changed, and fields that went. */
export interface Difference {
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** The same, of one value; undefined where there is nothing. */
interface Diff {
  changed?: FieldSet;
  removed?: FieldSet;
}

/**
 * Compares two objects of a type field by field. Values that are the same in memory are not looked into. Containers
 * that came or went are in the sets themselves, besides what they hold.
 *
 * @throws ItemError where an item of a granular list has no key
 */
export function compareObjects(node: TypeNode, live: object, next: object): Difference {
  const diff = compareValues(node, live, next);
  return { changed: diff?.changed ?? leaf, removed: diff?.removed ?? leaf };
}

/** Both values are there, though either may be null. */
function compareValues(node: TypeNode, live: unknown, next: unknown): Diff | undefined {
  if (live === next) return undefined;
  switch (node.kind) {
    case 'scalar':
      return jsonEqual(live, next) ? undefined : { changed: leaf };
    case 'list':
      if (node.list === 'atomic') return jsonEqual(live, next) ? undefined : { changed: leaf };
      return compareLists(node.keys, node.item, live, next);
    case 'map':
    case 'struct':
      if (node.isAtomic) return jsonEqual(live, next) ? undefined : { changed: leaf };
      return compareMaps(node, live, next);
    case 'any':
      return compareAny(node, live, next);
  }
}

function compareAny(node: TypeNode, live: unknown, next: unknown): Diff | undefined {
  const liveNode = resolve(node, live);
  const nextNode = resolve(node, next);
  if (liveNode === nextNode || live === null) return compareValues(nextNode, live, next);
  if (next === null) return compareValues(liveNode, live, next);
  // One kind of value became another: the field changed, and what was below the old one is gone.
  const changed = memberWith(allFields(nextNode, next));
  return isJsonObject(live) ? { changed, removed: withoutSelf(allFields(liveNode, live)) } : { changed };
}

function withoutSelf({ ['.']: _, ...children }: FieldSet): FieldSet {
  return children;
}

class Collector {
  changed: Record<string, FieldSet> | undefined;
  removed: Record<string, FieldSet> | undefined;

  add(element: string, diff: Diff | undefined): void {
    if (diff === undefined) return;
    if (diff.changed) this.addChanged(element, diff.changed);
    if (diff.removed) this.addRemoved(element, diff.removed);
  }

  addChanged(element: string, fields: FieldSet): void {
    (this.changed ??= {})[element] = fields;
  }

  addRemoved(element: string, fields: FieldSet): void {
    (this.removed ??= {})[element] = fields;
  }

  result(): Diff | undefined {
    return this.changed || this.removed ? (this as Diff) : undefined;
  }
}

function compareMaps(node: TypeNode & { kind: 'map' | 'struct' }, live: unknown, next: unknown): Diff | undefined {
  const from = isJsonObject(live) ? live : undefined;
  const to = isJsonObject(next) ? next : undefined;
  // Both empty, or no objects at all: one field, so that null and {} stay apart.
  if (isEmptyMap(from) && isEmptyMap(to)) return jsonEqual(live, next) ? undefined : { changed: leaf };
  if (!from) return { changed: withoutSelf(allFields(node, to)) };
  if (!to) return { removed: withoutSelf(allFields(node, from)) };
  const diff = new Collector();
  if (node.kind === 'struct') compareFields(node, from, to, diff);
  else compareEntries(node.item, from, to, diff);
  return diff.result();
}

function isEmptyMap(object: JsonObject | undefined): boolean {
  if (object) for (const _ in object) return false;
  return true;
}

function compareFields(struct: StructNode, live: JsonObject, next: JsonObject, diff: Collector): void {
  for (const name in next) {
    const now = next[name];
    const was = live[name];
    if (now === was || now === undefined) continue;
    const field = struct.fields.get(name);
    if (field === undefined) {
      diff.add(`f:${name}`, was === undefined ? added(anyNode, now) : compareValues(anyNode, was, now));
    } else if (!field.isIgnored) {
      const before = was === undefined ? field.zero : was;
      diff.add(field.element, before === undefined ? added(field.type, now) : compareValues(field.type, before, now));
    }
  }
  for (const name in live) {
    const was = live[name];
    if (was === undefined || next[name] !== undefined) continue;
    const field = struct.fields.get(name);
    if (field === undefined) diff.addRemoved(`f:${name}`, allFields(anyNode, was));
    else if (field.isIgnored) continue;
    else if (field.zero === undefined) diff.addRemoved(field.element, allFields(field.type, was));
    else diff.add(field.element, compareValues(field.type, was, field.zero));
  }
}

function compareEntries(item: TypeNode, live: JsonObject, next: JsonObject, diff: Collector): void {
  for (const key in next) {
    const now = next[key];
    const was = live[key];
    if (now === was || now === undefined) continue;
    diff.add(`f:${key}`, was === undefined ? added(item, now) : compareValues(item, was, now));
  }
  for (const key in live) {
    if (live[key] !== undefined && next[key] === undefined) diff.addRemoved(`f:${key}`, allFields(item, live[key]));
  }
}

const added = (node: TypeNode, value: unknown): Diff => ({ changed: allFields(node, value) });

function compareLists(keys: readonly ListKey[], item: TypeNode, live: unknown, next: unknown): Diff | undefined {
  const from = Array.isArray(live) ? (live as unknown[]) : [];
  const to = Array.isArray(next) ? (next as unknown[]) : [];
  if (from.length === 0 && to.length === 0) return jsonEqual(live, next) ? undefined : { changed: leaf };
  if (isSameInPlace(keys, item, from, to)) return undefined;
  const before = groupItems(keys, from);
  const after = groupItems(keys, to);
  const diff = new Collector();
  for (const [element, now] of after) {
    const was = before.get(element);
    if (was === undefined) diff.addChanged(element, now.length > 1 ? leaf : allFields(item, now[0]));
    else if (was.length === 1 && now.length === 1) diff.add(element, compareValues(item, was[0], now[0]));
    else if (!jsonEqual(was, now)) diff.addChanged(element, leaf);
  }
  for (const [element, was] of before) {
    if (!after.has(element)) diff.addRemoved(element, was.length > 1 ? leaf : allFields(item, was[0]));
  }
  return diff.result();
}

/** The common case, found without building a key: the same items in the same places. */
function isSameInPlace(keys: readonly ListKey[], item: TypeNode, live: unknown[], next: unknown[]): boolean {
  if (live.length !== next.length) return false;
  for (let i = 0; i < live.length; i++) {
    const was = live[i];
    const now = next[i];
    if (was === now) continue;
    if (!isJsonObject(was) || !isJsonObject(now)) return false;
    for (const { name } of keys) if (was[name] !== now[name]) return false;
    if (compareValues(item, was, now)) return false;
  }
  return true;
}

/** Items by their path elements; more than one where the list says something twice. */
function groupItems(keys: readonly ListKey[], items: unknown[]): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>();
  for (const item of items) {
    const element = itemElement(keys, item);
    const group = groups.get(element);
    if (group) group.push(item);
    else groups.set(element, [item]);
  }
  return groups;
}

/** The value and everything below it, as a field that came or went with all it holds. */
function allFields(node: TypeNode, value: unknown): FieldSet {
  const type = resolve(node, value);
  switch (type.kind) {
    case 'struct':
      return type.isAtomic || !isJsonObject(value) ? leaf : allOfStruct(type, value);
    case 'map': {
      if (type.isAtomic || !isJsonObject(value)) return leaf;
      const fields: Record<string, FieldSet> = { '.': leaf };
      for (const key in value) if (value[key] !== undefined) fields[`f:${key}`] = allFields(type.item, value[key]);
      return hasOneKey(fields) ? leaf : fields;
    }
    case 'list': {
      if (type.list === 'atomic' || !Array.isArray(value) || value.length === 0) return leaf;
      const items: Record<string, FieldSet> = { '.': leaf };
      for (const item of value as unknown[]) {
        const element = itemElement(type.keys, item);
        items[element] = element in items ? leaf : allFields(type.item, item);
      }
      return items;
    }
    default:
      return leaf;
  }
}

/** In the order of FieldsV1, but for fields that the type does not name: to sort them later is what costs. */
function allOfStruct(struct: StructNode, value: JsonObject): FieldSet {
  const named: FieldNode[] = [];
  let others: string[] | undefined;
  for (const name in value) {
    if (value[name] === undefined) continue;
    const field = struct.fields.get(name);
    if (field === undefined) (others ??= []).push(name);
    else if (!field.isIgnored) insertByRank(named, field);
  }
  for (const field of struct.always) if (value[field.name] === undefined) insertByRank(named, field);
  if (named.length === 0 && !others) return leaf;
  const fields: Record<string, FieldSet> = { '.': leaf };
  for (const { name, element, type, zero } of named) {
    const held = value[name];
    fields[element] = allFields(type, held === undefined ? zero : held);
  }
  if (others) for (const name of others) fields[`f:${name}`] = allFields(anyNode, value[name]);
  return fields;
}

function insertByRank(fields: FieldNode[], field: FieldNode): void {
  let at = fields.length;
  for (; at > 0 && fields[at - 1]!.rank > field.rank; at--) fields[at] = fields[at - 1]!;
  fields[at] = field;
}

function hasOneKey(object: object): boolean {
  let count = 0;
  for (const _ in object) if (++count > 1) return false;
  return count === 1;
}
