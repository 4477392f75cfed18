import { isZero, type FieldPlan, type StructPlan, type ValuePlan } from './type-plan.ts';

type Json = Record<string, unknown>;

/** Text of a JSON string. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/**
 * The canonical JSON of an object: kind, apiVersion, metadata, then the other fields in table order; map keys sorted;
 * what the wire leaves out is left out, and what it always writes is written, as null where Go holds nil.
 * `metadata.resourceVersion` and `metadata.selfLink` are never written. A plan is missing for custom resources: their
 * fields follow metadata in their own order.
 */
export function encodeObject(
  plan: StructPlan | undefined,
  object: Json,
  meta: StructPlan,
  gvk: { readonly apiVersion: string; readonly kind: string },
): string {
  const metadata = (object['metadata'] ?? {}) as Json;
  let text = `{"kind":${quote(gvk.kind)},"apiVersion":${quote(gvk.apiVersion)},"metadata":${encodeMetadata(meta, metadata)}`;
  if (plan) {
    for (const field of plan.fields) {
      if (field.name === 'kind' || field.name === 'apiVersion' || field.name === 'metadata') continue;
      const written = encodeField(field, object[field.name]);
      if (written !== undefined) text += `,${quote(field.name)}:${written}`;
    }
  } else {
    for (const key in object) {
      if (key === 'kind' || key === 'apiVersion' || key === 'metadata' || object[key] === undefined) continue;
      text += `,${quote(key)}:${JSON.stringify(object[key])}`;
    }
  }
  return `${text}}`;
}

function encodeMetadata(plan: StructPlan, metadata: Json): string {
  let text = '';
  for (const field of plan.fields) {
    if (field.name === 'resourceVersion' || field.name === 'selfLink') continue;
    const written = encodeField(field, metadata[field.name]);
    if (written !== undefined) text += `${text === '' ? '' : ','}${quote(field.name)}:${written}`;
  }
  return `{${text}}`;
}

/** Canonical JSON of a struct that is no whole object: a spec, a list's metadata. */
export function encodeStruct(plan: StructPlan, object: Json): string {
  let text = '';
  for (const field of plan.fields) {
    const written = encodeField(field, object[field.name]);
    if (written !== undefined) text += `${text === '' ? '' : ','}${quote(field.name)}:${written}`;
  }
  return `{${text}}`;
}

function encodeField(field: FieldPlan, value: unknown): string | undefined {
  if (value === undefined || value === null) return field.presence === 'always' ? encodeZero(field) : undefined;
  if (field.presence === 'unlessZero' && isZero(field.value, value)) return undefined;
  return encodeValue(field.value, value);
}

function encodeZero(field: FieldPlan): string {
  const { zero, value } = field;
  return zero !== null && value.struct ? encodeStruct(value.struct(), {}) : JSON.stringify(zero);
}

function encodeValue(plan: ValuePlan, value: unknown): string {
  switch (plan.kind) {
    case 'string':
    case 'bytes':
    case 'time':
    case 'microTime':
    case 'quantity':
      return quote(value as string);
    case 'integer':
    case 'boolean':
      return String(value);
    case 'struct':
      return encodeStruct(plan.struct!(), value as Json);
    case 'list': {
      const item = plan.item!;
      let text = '';
      for (const each of value as readonly unknown[]) text += `${text === '' ? '' : ','}${encodeItem(item, each)}`;
      return `[${text}]`;
    }
    case 'map': {
      const item = plan.item!;
      let text = '';
      for (const key of Object.keys(value as Json).sort()) {
        text += `${text === '' ? '' : ','}${quote(key)}:${encodeItem(item, (value as Json)[key])}`;
      }
      return `{${text}}`;
    }
    default:
      return JSON.stringify(value);
  }
}

const encodeItem = (plan: ValuePlan, value: unknown): string =>
  value === undefined || value === null ? 'null' : encodeValue(plan, value);
