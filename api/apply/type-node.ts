import type { FieldFacts, SchemaTable, TypeRef } from '../schema/schema-table.ts';
import { createPlans, type StructPlan } from '../schema/type-plan.ts';
import { compareText, goScalar, type PathElement } from './path-element.ts';
import { isJsonObject } from '../meta/json-object.ts';

/** How server-side apply sees a type: what is one field, what merges, and what tells items of a list apart. */
export type TypeNode =
  | { readonly kind: 'scalar'; readonly scalar: 'string' | 'numeric' | 'boolean' | 'untyped' }
  | { readonly kind: 'list'; readonly list: 'atomic' | 'set' | 'map'; readonly keys: readonly ListKey[]; readonly item: TypeNode } // prettier-ignore
  | { readonly kind: 'map'; readonly isAtomic: boolean; readonly item: TypeNode }
  | StructNode
  /** Nothing is known: lists and scalars are one field each, and so are objects where atomic; else they merge by key. */
  | { readonly kind: 'any'; readonly isAtomic: boolean };

export interface StructNode {
  readonly kind: 'struct';
  readonly isAtomic: boolean;
  readonly fields: ReadonlyMap<string, FieldNode>;
  /** Fields that upstream's Go types write even where nothing was set. */
  readonly always: readonly FieldNode[];
  /** Are fields beyond `fields` refused? Custom resources may keep what their schema does not name. */
  readonly isClosed: boolean;
}

export interface FieldNode {
  readonly name: string;
  readonly element: PathElement;
  /** Its place among the fields of the struct, in the order of FieldsV1. */
  readonly rank: number;
  /** Compiled on first use, so that types which contain themselves end. */
  readonly type: TypeNode;
  /** What stands for the field where it is absent from a struct that is there; undefined where its absence counts. */
  readonly zero: unknown;
  /** metadata.managedFields, which nobody manages. */
  readonly isIgnored: boolean;
}

export interface ListKey {
  readonly name: string;
  readonly default: unknown;
}

export const anyNode: TypeNode = { kind: 'any', isAtomic: false };
const atomicAnyNode: TypeNode = { kind: 'any', isAtomic: true };

const lastPart = (typeName: string): string => typeName.slice(typeName.lastIndexOf('.') + 1);

/**
 * Compiles types of the table on first use. `goStructs` says that objects of these types have Go types upstream, so
 * that absent structs and required fields count as present; custom resources have none.
 */
export class TypeNodes {
  readonly #table: SchemaTable;
  readonly #plan: (typeName: string) => StructPlan | undefined;
  readonly #named = new Map<string, TypeNode>();

  constructor(table: SchemaTable, { goStructs }: { readonly goStructs: boolean }) {
    this.#table = table;
    this.#plan = goStructs ? createPlans(table) : () => undefined;
  }

  /** An unknown name gives a node that takes anything. */
  named(typeName: string): TypeNode {
    let node = this.#named.get(typeName);
    if (!node) this.#named.set(typeName, (node = this.#compile(typeName)));
    return node;
  }

  #compile(typeName: string): TypeNode {
    const facts = Object.hasOwn(this.#table, typeName) ? this.#table[typeName]! : undefined;
    if (!facts) return anyNode;
    if (lastPart(typeName) === 'RawExtension') return atomicAnyNode;
    if (facts.fields) return this.#struct(typeName, facts.fields, facts.mapType === 'atomic');
    if (facts.oneOf) return anyNode;
    switch (facts.type) {
      case undefined:
        return anyNode;
      case 'object':
        return { kind: 'map', isAtomic: facts.mapType === 'atomic', item: anyNode };
      default:
        return scalarNode(facts.type, facts.format);
    }
  }

  #struct(typeName: string, fields: Readonly<Record<string, FieldFacts>>, isAtomic: boolean): TypeNode {
    const plan = this.#plan(typeName);
    const nodes = new Map<string, FieldNode>();
    const isObjectMeta = lastPart(typeName) === 'ObjectMeta';
    for (const [rank, name] of Object.keys(fields).sort(compareText).entries()) {
      const field = plan?.byName.get(name);
      const zero = field?.presence === 'always' ? field.zero : undefined;
      const isIgnored = isObjectMeta && name === 'managedFields';
      nodes.set(name, new LazyField({ name, rank, zero, isIgnored }, () => this.#field(fields[name]!)));
    }
    const always = [...nodes.values()].filter((node) => node.zero !== undefined && !node.isIgnored);
    const isClosed = !this.#table[typeName]!.preserveUnknownFields;
    return { kind: 'struct', isAtomic, fields: nodes, always, isClosed };
  }

  #field(facts: FieldFacts): TypeNode {
    const { t } = facts;
    if (t.startsWith('[]')) {
      const item = this.#item(t.slice(2), facts.itemsFormat);
      const list = facts.list ?? (facts.patch?.includes('merge') ? (facts.mergeKey ? 'map' : 'set') : 'atomic');
      const names = facts.keys ?? (facts.mergeKey ? [facts.mergeKey] : []);
      if (list !== 'map') return { kind: 'list', list, keys: [], item };
      return { kind: 'list', list, keys: [...names].sort().map((name) => this.#key(t.slice(2), name)), item };
    }
    if (t.startsWith('map:')) {
      return { kind: 'map', isAtomic: facts.map === 'atomic', item: this.#item(t.slice(4), facts.valuesFormat) };
    }
    const node = this.#item(t, facts.format);
    // What a field says of its map goes before what the type says.
    if (facts.map && (node.kind === 'struct' || node.kind === 'map')) {
      return { ...node, isAtomic: facts.map === 'atomic' };
    }
    return node;
  }

  #item(ref: TypeRef, format: string | undefined): TypeNode {
    if (ref.startsWith('[]')) return { kind: 'list', list: 'atomic', keys: [], item: this.#item(ref.slice(2), format) };
    if (ref.startsWith('map:')) return { kind: 'map', isAtomic: false, item: this.#item(ref.slice(4), format) };
    return scalarTypes.has(ref) ? scalarNode(ref, format) : this.named(ref);
  }

  #key(itemType: string, name: string): ListKey {
    return { name, default: this.#table[itemType]?.fields?.[name]?.default };
  }
}

const scalarTypes = new Set(['string', 'integer', 'number', 'boolean']);

function scalarNode(type: string, format: string | undefined): TypeNode {
  switch (type) {
    case 'integer':
    case 'number':
      return { kind: 'scalar', scalar: 'numeric' };
    case 'boolean':
      return { kind: 'scalar', scalar: 'boolean' };
    default:
      return { kind: 'scalar', scalar: format === undefined || format === 'byte' ? 'string' : 'untyped' };
  }
}

class LazyField implements FieldNode {
  readonly name: string;
  readonly element: PathElement;
  readonly rank: number;
  readonly zero: unknown;
  readonly isIgnored: boolean;
  #type: TypeNode | undefined;
  readonly #compile: () => TypeNode;

  constructor(
    { name, rank, zero, isIgnored }: Pick<FieldNode, 'name' | 'rank' | 'zero' | 'isIgnored'>,
    compile: () => TypeNode,
  ) {
    this.name = name;
    this.element = `f:${name}`;
    this.rank = rank;
    this.zero = zero;
    this.isIgnored = isIgnored;
    this.#compile = compile;
  }

  get type(): TypeNode {
    return (this.#type ??= this.#compile());
  }
}

/** A list or set item that cannot be told apart from its neighbours; the message is upstream's. */
export class ItemError extends Error {}

/**
 * The path element of an item of a granular list.
 *
 * @throws ItemError
 */
export function itemElement(keys: readonly ListKey[], item: unknown): PathElement {
  if (keys.length === 0) {
    if (Array.isArray(item)) throw new ItemError('not supported: associative list with lists as elements');
    if (item === null) throw new ItemError("associative list without keys has an element that's an explicit null");
    if (typeof item === 'object') throw new ItemError("associative list without keys has an element that's a map type");
    return `v:${goScalar(item)}`;
  }
  if (item === null) throw new ItemError('associative list with keys may not have a null element');
  if (!isJsonObject(item)) throw new ItemError('associative list with keys may not have non-map elements');
  let text = '';
  for (const key of keys) {
    const value = item[key.name] ?? key.default;
    if (value !== undefined) text += `${text ? ',' : ''}"${key.name}":${goScalar(value)}`;
  }
  if (text) return `k:{${text}}`;
  const names = keys.map((key) => JSON.stringify(key.name)).join(' ');
  throw new ItemError(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  );
}

/** What the node is for this value: where nothing is known, the value decides. */
export function resolve(node: TypeNode, value: unknown): TypeNode {
  if (node.kind !== 'any') return node;
  if (isJsonObject(value)) return node.isAtomic ? atomicMap : anyMap;
  return Array.isArray(value) ? anyList : anyScalar;
}

const anyMap: TypeNode = { kind: 'map', isAtomic: false, item: anyNode };
const atomicMap: TypeNode = { kind: 'map', isAtomic: true, item: anyNode };
const anyList: TypeNode = { kind: 'list', list: 'atomic', keys: [], item: anyNode };
const anyScalar: TypeNode = { kind: 'scalar', scalar: 'untyped' };
