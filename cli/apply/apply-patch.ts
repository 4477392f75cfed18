import type { SchemaTable, TypeRef } from '../../api/schema/schema-table.ts';
import { isJsonObject, type JsonObject } from '../../api/meta/json-object.ts';

/** How to delete things in a patch: JSON merge patch knows nulls, strategic merge patch items of lists as well. */
export type MergeRules = { readonly table: SchemaTable; readonly type: TypeRef } | undefined;

/**
 * The patch that makes the live object hold what `next` says and no longer what only `last` said: `next` itself, with
 * deletions of what was taken out since `last`. With rules it is a strategic merge patch, without a JSON merge patch.
 * What others have set is left alone.
 */
export function applyPatch(last: JsonObject, next: JsonObject, rules: MergeRules): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(last)) if (next[key] === undefined || next[key] === null) patch[key] = null;
  for (const [key, value] of Object.entries(next)) {
    if (value === null || value === undefined) continue;
    const before = last[key];
    const field = fieldOf(rules, key);
    if (isJsonObject(value)) {
      patch[key] = applyPatch(isJsonObject(before) ? before : {}, value, field.rules);
    } else if (Array.isArray(value) && field.isMerged) {
      Object.assign(patch, mergedList(key, Array.isArray(before) ? before : [], value, field));
    } else patch[key] = value;
  }
  return patch;
}

interface Field {
  readonly rules: MergeRules;
  readonly isMerged: boolean;
  readonly mergeKey?: string;
}

function mergedList(key: string, last: unknown[], next: unknown[], { rules, mergeKey }: Field): JsonObject {
  if (mergeKey === undefined) {
    const gone = last.filter((item) => !next.includes(item));
    return { [key]: next, ...(gone.length > 0 ? { [`$deleteFromPrimitiveList/${key}`]: gone } : {}) };
  }
  const idOf = (item: unknown): unknown => (item as JsonObject)[mergeKey];
  const lastById = new Map(last.map((item) => [idOf(item), item as JsonObject]));
  const kept = new Set(next.map(idOf));
  const gone = [...lastById.keys()].filter((id) => !kept.has(id));
  return {
    [key]: [
      ...next.map((item) => applyPatch(lastById.get(idOf(item)) ?? {}, item as JsonObject, rules)),
      ...gone.map((id) => ({ $patch: 'delete', [mergeKey]: id })),
    ],
  };
}

/** What the table says of a field: how it merges, and the type within. */
function fieldOf(rules: MergeRules, key: string): Field {
  if (!rules) return { rules: undefined, isMerged: false };
  const { table, type } = rules;
  if (type.startsWith('map:')) return { rules: { table, type: type.slice('map:'.length) }, isMerged: false };
  const facts = table[type]?.fields?.[key];
  const inner = { table, type: (facts?.t ?? '').replace(/^\[\]/, '') };
  return { rules: inner, isMerged: facts?.patch?.split(',').includes('merge') ?? false, mergeKey: facts?.mergeKey };
}
