import { setOwn } from './decode.ts';
import { isZero, type FieldPlan, type StructPlan, type ValuePlan } from './type-plan.ts';

type Json = Record<string, unknown>;

/**
 * The canonical JSON of an object: kind, apiVersion, metadata, then the other fields in table order; map keys sorted;
 * what the wire leaves out is left out, and what it always writes is written, as null where Go holds nil.
 * `metadata.resourceVersion` and `metadata.selfLink` are never written. A plan is missing for custom resources: their
 * fields follow metadata in their own order. The object is not changed.
 */
export function encodeObject(
  plan: StructPlan | undefined,
  object: Json,
  meta: StructPlan,
  gvk: { readonly apiVersion: string; readonly kind: string },
): string {
  const metadata = withoutServerFields(canonicalStruct(meta, (object['metadata'] ?? {}) as Json));
  const whole: Json = { kind: gvk.kind, apiVersion: gvk.apiVersion, metadata };
  const body = plan ? canonicalStruct(plan, object, notOfRoot) : object;
  for (const key in body) if (!notOfRoot.has(key)) setOwn(whole, key, body[key]);
  return JSON.stringify(whole);
}

const notOfRoot: ReadonlySet<string> = new Set(['kind', 'apiVersion', 'metadata']);
const none: ReadonlySet<string> = new Set();

function withoutServerFields(metadata: Json): Json {
  if (metadata['resourceVersion'] === undefined && metadata['selfLink'] === undefined) return metadata;
  const { resourceVersion: _, selfLink: __, ...rest } = metadata;
  return rest;
}

/** Canonical JSON of a struct that is no whole object: a spec, a list's metadata. */
export function encodeStruct(plan: StructPlan, object: Json): string {
  return JSON.stringify(canonicalStruct(plan, object));
}

/**
 * The struct as JSON.stringify must see it; the very same object where it already is canonical, which is what decoding
 * and reading from the store mostly give. Otherwise a copy that shares what it can. Fields named by `skip` are left alone.
 */
function canonicalStruct(plan: StructPlan, object: Json, skip: ReadonlySet<string> = none): Json {
  const { byName } = plan;
  let changed: Json | undefined;
  let isCanonical = true;
  let last = -1;
  let seenAlways = 0;
  for (const key in object) {
    const field = byName.get(key);
    if (field === undefined || skip.has(key)) {
      if (field?.presence === 'always') seenAlways++;
      // A field the type does not have is not written.
      if (field === undefined) isCanonical = false;
      continue;
    }
    const value = object[key];
    if (value === undefined || value === null) {
      if (value === undefined) continue;
      if (field.presence === 'always' && field.zero === null) seenAlways++;
      else isCanonical = false;
    } else {
      if (field.presence === 'always') seenAlways++;
      else if (field.presence === 'unlessZero' && isZero(field.value, value)) isCanonical = false;
      const now = canonicalValue(field.value, value);
      if (now !== value) (changed ??= {})[key] = now;
    }
    if (field.index < last) isCanonical = false;
    last = field.index;
  }
  if (seenAlways < plan.always.length) isCanonical = false;
  if (isCanonical) return changed ? Object.assign({ ...object }, changed) : object;
  return ordered(plan, object, changed, skip);
}

function ordered(plan: StructPlan, object: Json, changed: Json | undefined, skip: ReadonlySet<string>): Json {
  const present: FieldPlan[] = [];
  for (const field of plan.always) if (!skip.has(field.name)) present.push(field);
  for (const key in object) {
    const field = plan.byName.get(key);
    const value = object[key];
    if (field === undefined || skip.has(key) || value === undefined || value === null) continue;
    if (field.presence === 'always' || (field.presence === 'unlessZero' && isZero(field.value, value))) continue;
    insertByIndex(present, field);
  }
  const result: Json = {};
  for (const field of present) {
    const value = changed?.[field.name] ?? object[field.name];
    result[field.name] = value ?? zeroField(field);
  }
  return result;
}

/** Objects mostly are in order but for a few fields; a type has some dozens at most. */
function insertByIndex(fields: FieldPlan[], field: FieldPlan): void {
  let at = fields.length;
  while (at > 0 && fields[at - 1]!.index > field.index) at--;
  if (at === fields.length) fields.push(field);
  else fields.splice(at, 0, field);
}

function zeroField({ zero, value }: FieldPlan): unknown {
  return zero !== null && value.struct ? canonicalStruct(value.struct(), {}) : zero;
}

function canonicalValue(plan: ValuePlan, value: unknown): unknown {
  switch (plan.kind) {
    case 'struct':
      return canonicalStruct(plan.struct!(), value as Json);
    case 'list': {
      const list = value as readonly unknown[];
      if (!holdsStructs(plan.item!)) return list;
      let copy: unknown[] | undefined;
      for (let i = 0; i < list.length; i++) {
        const was = list[i];
        if (was === undefined || was === null) continue;
        const now = canonicalValue(plan.item!, was);
        if (now !== was) (copy ??= [...list])[i] = now;
      }
      return copy ?? list;
    }
    case 'map':
      return canonicalMap(plan.item!, value as Json);
    default:
      return value;
  }
}

function canonicalMap(item: ValuePlan, map: Json): Json {
  const deep = holdsStructs(item);
  let last = '';
  let sorted = true;
  let changed = false;
  for (const key in map) {
    if (key < last) sorted = false;
    last = key;
    if (deep && map[key] !== null && canonicalValue(item, map[key]) !== map[key]) changed = true;
  }
  if (sorted && !changed) return map;
  const result: Json = {};
  for (const key of Object.keys(map).sort()) {
    setOwn(result, key, deep && map[key] !== null ? canonicalValue(item, map[key]) : map[key]);
  }
  return result;
}

const holdsStructs = (plan: ValuePlan): boolean =>
  plan.kind === 'struct' || plan.kind === 'list' || plan.kind === 'map';
