import { badRequest } from '../meta/errors.ts';
import type { AnyObject } from '../meta/object.ts';
import { setOwn } from '../schema/decode.ts';
import type { SchemaTable, TypeRef } from '../schema/schema-table.ts';
import { checkElementOrder, holdsMaps, identityBy, orderItems } from './element-order.ts';
import { badElementOrder, badPrimitiveList, badRetainKeys, cannotMerge, unknownDirective, wrongType } from './strategic-errors.ts'; // prettier-ignore
import { cannotUnmarshal } from './touched-document.ts';
import { isJsonObject, type JsonObject } from '../meta/json-object.ts';

/**
 * Applies a strategic merge patch to a document of the named type. Neither argument is changed; the result shares what
 * was not touched with both, so it must not be changed in place.
 *
 * @throws ApiError where the patch makes no sense for the type, answered and worded as upstream does
 */
export type StrategicMerge = (typeName: string, document: AnyObject, patch: unknown) => AnyObject;

/** Merges by the patch strategies and merge keys of the table. */
export function createStrategicMerge(table: SchemaTable): StrategicMerge {
  const merge = new Merge(table);
  return (typeName, document, patch) => {
    if (patch === null) return document;
    if (!isJsonObject(patch)) throw badRequest(cannotUnmarshal(patch));
    return merge.maps(typeName, document, patch) as AnyObject;
  };
}

const directive = '$patch';
const retainKeys = '$retainKeys';
const deleteFromList = '$deleteFromPrimitiveList';
const setElementOrder = '$setElementOrder';

/** What a field says of how it merges. `type` is that of the field, of a list that of its items. */
type FieldMeta = { readonly type: TypeRef; readonly strategy: string; readonly mergeKey: string };

class Merge {
  readonly #table: SchemaTable;

  constructor(table: SchemaTable) {
    this.#table = table;
  }

  maps(type: TypeRef, live: JsonObject, patch: JsonObject): JsonObject {
    if (Object.hasOwn(patch, directive)) return replacedBy(patch);
    const merged = retained(live, patch);
    const { [retainKeys]: _, ...pending } = patch;
    for (const key of Object.keys(pending)) {
      if (key.startsWith(setElementOrder)) this.#setOrder(type, merged, pending, key);
    }
    for (const key of Object.keys(pending)) {
      const isDeletion = key.startsWith(deleteFromList);
      const name = isDeletion ? nameAfter(deleteFromList, key, badPrimitiveList) : key;
      this.#field(type, merged, { name, value: pending[key], isDeletion });
    }
    return merged;
  }

  #field(
    type: TypeRef,
    merged: JsonObject,
    { name, value, isDeletion }: { readonly name: string; readonly value: unknown; readonly isDeletion: boolean },
  ): void {
    if (value === null) {
      delete merged[name];
      return;
    }
    const live = Object.hasOwn(merged, name) ? merged[name] : undefined;
    const isMap = isJsonObject(live) && isJsonObject(value);
    const isList = Array.isArray(live) && Array.isArray(value);
    if (isMap) {
      const { type: fieldType, strategy } = this.#metaOf(type, name);
      setOwn(merged, name, strategy === 'replace' ? value : this.maps(fieldType, live, value));
    } else if (isList) {
      const meta = this.#listMetaOf(type, name);
      setOwn(merged, name, meta.strategy === 'merge' ? this.#lists(meta, live, value, isDeletion) : value);
    } else if (!isDeletion) {
      const kept = unmatched(withoutNulls(value));
      if (kept === undefined) delete merged[name];
      else setOwn(merged, name, kept);
    }
  }

  #lists(meta: FieldMeta, live: unknown[], patch: unknown[], isDeletion: boolean): unknown[] {
    if (live.length === 0 && patch.length === 0) return live;
    const { mergeKey } = meta;
    if (!holdsMaps(live, patch)) {
      if (isDeletion) return live.filter((item) => !patch.includes(item));
      const merged = [...new Set([...live, ...patch])];
      return orderItems(merged, { order: patch, live, identity: identityBy('') });
    }
    if (mergeKey === '') throw cannotMerge('cannot merge lists without merge key for type struct');
    const identity = identityBy(mergeKey);
    const { kept, items } = withoutSpecialItems(live as JsonObject[], patch as JsonObject[], mergeKey);
    const merged = [...kept];
    for (const item of items) {
      const id = identity(item);
      const at = merged.findIndex((candidate) => isJsonObject(candidate) && candidate[mergeKey] === id);
      if (at < 0) merged.push(item);
      else merged[at] = this.maps(meta.type, merged[at]!, item);
    }
    return orderItems(merged, { order: items, live: kept, identity });
  }

  /** Merges the list a `$setElementOrder` is about and puts it in that order. Changes `merged` and `pending`. */
  #setOrder(type: TypeRef, merged: JsonObject, pending: JsonObject, key: string): void {
    const order = pending[key];
    delete pending[key];
    if (!Array.isArray(order)) throw wrongType('[]interface {}', order);
    const name = nameAfter(setElementOrder, key, badElementOrder);
    const live = listUnder(merged, name);
    const patch = listUnder(pending, name);
    const meta = this.#listMetaOf(type, name);
    const identity = identityBy(meta.mergeKey);
    checkElementOrder(patch ?? [], order, identity);
    if (!live && !patch) return;
    const list = live && patch ? this.#ordered(meta, live, patch) : (live ?? (unmatched(patch) as unknown[]));
    holdsMaps(live ?? [], patch ?? []);
    delete pending[name];
    setOwn(merged, name, orderItems(list, { order, live: live ?? [], identity }));
  }

  #ordered(meta: FieldMeta, live: unknown[], patch: unknown[]): unknown[] {
    return meta.strategy === 'merge' ? this.#lists(meta, live, patch, false) : patch;
  }

  #metaOf(type: TypeRef, name: string): FieldMeta {
    if (type.startsWith('map:')) return { type: type.slice(4), strategy: '', mergeKey: '' };
    const struct = Object.hasOwn(this.#table, type) ? this.#table[type]! : undefined;
    if (!struct) throw cannotMerge(`merging an object in json but data type is not struct, instead is: ${type}`);
    const facts = struct.fields && Object.hasOwn(struct.fields, name) ? struct.fields[name]! : undefined;
    if (!facts) {
      const goName = type.slice(type.lastIndexOf('.') + 1);
      throw cannotMerge(`unable to find api field in struct ${goName} for the json field ${JSON.stringify(name)}`);
    }
    // Of `merge,retainKeys` only the first concerns how values meet: the patch itself says what to retain.
    const strategy = (facts.patch ?? '').split(',').find((each) => each !== 'retainKeys') ?? '';
    return { type: facts.t, strategy, mergeKey: facts.mergeKey ?? '' };
  }

  #listMetaOf(type: TypeRef, name: string): FieldMeta {
    const meta = this.#metaOf(type, name);
    if (!meta.type.startsWith('[]')) throw cannotMerge('expected slice or array type, but got: struct');
    return { ...meta, type: meta.type.slice(2) };
  }
}

/** A map that says how it is to be taken: as it stands, or not at all. */
function replacedBy(patch: JsonObject): JsonObject {
  const { [directive]: how, ...rest } = patch;
  if (how === 'replace') return rest;
  if (how === 'delete') return {};
  throw unknownDirective(how, patch);
}

/** A copy of the live map with only the keys that `$retainKeys` names, where the patch has one. */
function retained(live: JsonObject, patch: JsonObject): JsonObject {
  if (!Object.hasOwn(patch, retainKeys)) return { ...live };
  const keys = patch[retainKeys];
  if (!Array.isArray(keys)) throw badRetainKeys();
  for (const key of Object.keys(patch)) {
    const isExempt = patch[key] === null || key === retainKeys || key.startsWith(deleteFromList) || key.startsWith(setElementOrder); // prettier-ignore
    if (!isExempt && !keys.includes(key)) throw badRetainKeys();
  }
  return Object.fromEntries(Object.entries(live).filter(([key]) => keys.includes(key)));
}

function nameAfter(prefix: string, key: string, complaint: () => Error): string {
  if (!key.startsWith(`${prefix}/`)) throw complaint();
  return key.slice(prefix.length + 1);
}

function listUnder(object: JsonObject, name: string): unknown[] | undefined {
  if (!Object.hasOwn(object, name)) return undefined;
  const value = object[name];
  if (!Array.isArray(value)) throw wrongType('[]interface {}', value);
  return value;
}

/** Carries out `$patch` items: what remains of the live list, and the items to merge into it. */
function withoutSpecialItems(
  live: JsonObject[],
  patch: JsonObject[],
  mergeKey: string,
): { kept: JsonObject[]; items: JsonObject[] } {
  // prettier-ignore
  const identity = identityBy(mergeKey);
  const items: JsonObject[] = [];
  let kept = live;
  let replaces = false;
  for (const item of patch) {
    switch (item[directive]) {
      case undefined:
        items.push(item);
        break;
      case 'delete': {
        const id = identity(item);
        kept = kept.filter((candidate) => candidate[mergeKey] !== id);
        break;
      }
      case 'replace':
        replaces = true;
        break;
      case 'merge':
        throw cannotMerge('merging lists cannot yet be specified in the patch');
      default:
        throw unknownDirective(item[directive], item);
    }
  }
  return replaces ? { kept: items, items: [] } : { kept, items };
}

/**
 * A value that meets nothing in the live object: undefined where it is a map with a `$patch`, and without such maps.
 * Other directives stay, and are fields that nobody knows.
 */
function unmatched(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unmatched).filter((item) => item !== undefined);
  if (!isJsonObject(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) {
    const item = unmatched(value[key]);
    if (item !== undefined) setOwn(kept, key, item);
  }
  return kept;
}

/** Nulls of maps go, those of lists stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) if (value[key] !== null) setOwn(kept, key, withoutNulls(value[key]));
  return kept;
}
