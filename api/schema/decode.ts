import { canonicalBase64 } from '../meta/base64.ts';
import { canonicalQuantity } from '../meta/quantity.ts';
import { canonicaliseMicroTime, canonicaliseTime } from '../meta/time.ts';
import { explainMismatch, quantityText } from './decode-complaint.ts';
import { isZero, zeroOf, type StructPlan, type ValuePlan } from './type-plan.ts';
import { isJsonObject } from '../meta/json-object.ts';

/** What upstream's decoder says of the value, without the words before `cannot be handled as a Pod: `. */
export class DecodeError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DecodeError';
  }
}

type Json = Record<string, unknown>;

/** Thrown on the fast path, where no path is known; the walk that follows finds the words. */
class Mismatch extends Error {}
const mismatch = new Mismatch('value does not fit its type');

/**
 * Brings a JSON value into the shape of its type, in place where nothing must go: drops nulls and what the wire leaves
 * out, fills structs that always stand, makes quantities, times and bytes canonical. Unknown fields are dropped and
 * their paths returned. Throws DecodeError. The value belongs to the callee from now on.
 */
export function decodeStruct(plan: StructPlan, value: unknown): { object: Json; unknownFields: string[] } {
  const state: FastState = { unknown: false };
  let object: Json;
  try {
    object = decodeFields(plan, value, state);
  } catch (error) {
    // Types that contain themselves can be nested past any stack.
    if (error instanceof RangeError) throw new DecodeError('exceeded max depth');
    // The walk finds the first complaint in the order of the document; what is thrown here may be a later one.
    throw new DecodeError(explainMismatch(plan, value) ?? (error as Error).message);
  }
  const unknownFields: string[] = [];
  if (state.unknown) object = dropUnknown(plan, object, '', unknownFields);
  return { object, unknownFields };
}

type FastState = { unknown: boolean };

function decodeFields(plan: StructPlan, value: unknown, state: FastState): Json {
  if (!isJsonObject(value)) throw mismatch;
  const { byName } = plan;
  let drops = false;
  for (const key in value) {
    const field = byName.get(key);
    if (field === undefined) {
      state.unknown = true;
      continue;
    }
    const was = value[key];
    if (was === null) {
      drops = true;
      continue;
    }
    const now = decodeValue(field.value, was, state);
    if (now !== was) value[key] = now;
    if (field.presence === 'unlessZero' && isZero(field.value, now)) {
      value[key] = null;
      drops = true;
    }
  }
  let object = value;
  if (drops) {
    object = {};
    for (const key in value) {
      const kept = value[key];
      if (kept !== null || !byName.has(key)) setOwn(object, key, kept);
    }
  }
  for (const field of plan.filled) {
    if (object[field.name] === undefined) {
      object[field.name] = field.value.struct ? decodeFields(field.value.struct(), {}, state) : zeroOf(field.value);
    }
  }
  return object;
}

function decodeValue(plan: ValuePlan, value: unknown, state: FastState): unknown {
  switch (plan.kind) {
    case 'string':
      if (typeof value !== 'string') throw mismatch;
      return value;
    case 'integer':
      if (!Number.isInteger(value)) throw mismatch;
      if (plan.bits === 32 && (value as number) !== ((value as number) | 0)) throw mismatch;
      if (plan.bits === 64 && Math.abs(value as number) > 2 ** 63) throw mismatch;
      // JSON's -0 is 0 in Go.
      return value === 0 ? 0 : value;
    case 'number':
      if (typeof value !== 'number') throw mismatch;
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw mismatch;
      return value;
    case 'bytes':
      if (typeof value !== 'string') throw mismatch;
      return canonicalBase64(value);
    case 'time':
      if (typeof value !== 'string') throw mismatch;
      return canonicaliseTime(value);
    case 'microTime':
      if (typeof value !== 'string') throw mismatch;
      return canonicaliseMicroTime(value);
    case 'quantity':
      if (typeof value !== 'string' && typeof value !== 'number') throw mismatch;
      return canonicalQuantity(quantityText(value));
    case 'intOrString':
      if (typeof value === 'string') return value;
      if (!Number.isInteger(value) || (value as number) !== ((value as number) | 0)) throw mismatch;
      return value;
    case 'raw':
      return value;
    case 'struct':
      return decodeFields(plan.struct!(), value, state);
    case 'list': {
      if (!Array.isArray(value)) throw mismatch;
      const item = plan.item!;
      for (let i = 0; i < value.length; i++) {
        const was: unknown = value[i];
        const now = was === null ? zeroValue(item, state) : decodeValue(item, was, state);
        if (now !== was) value[i] = now;
      }
      return value;
    }
    case 'map': {
      if (!isJsonObject(value)) throw mismatch;
      const item = plan.item!;
      for (const key in value) {
        const was = value[key];
        const now = was === null ? zeroValue(item, state) : decodeValue(item, was, state);
        if (now !== was) setOwn(value, key, now);
      }
      return value;
    }
  }
}

/** What a null among items or map values becomes: the zero value of its type. */
function zeroValue(plan: ValuePlan, state: FastState): unknown {
  if (plan.kind === 'struct') return decodeFields(plan.struct!(), {}, state);
  return plan.kind === 'bytes' ? '' : zeroOf(plan);
}

/** Also for the key `__proto__`, which is data like any other. */
export function setOwn(object: Json, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

function dropUnknown(plan: StructPlan, value: Json, path: string, found: string[]): Json {
  let drops = false;
  for (const key in value) {
    const at = path === '' ? key : `${path}.${key}`;
    const field = plan.byName.get(key);
    if (field === undefined) {
      found.push(at);
      drops = true;
    } else {
      const was = value[key];
      const now = dropUnknownIn(field.value, was, at, found);
      if (now !== was) value[key] = now;
    }
  }
  if (!drops) return value;
  const kept: Json = {};
  for (const key in value) if (plan.byName.has(key)) kept[key] = value[key];
  return kept;
}

function dropUnknownIn(plan: ValuePlan, value: unknown, path: string, found: string[]): unknown {
  switch (plan.kind) {
    case 'struct':
      return dropUnknown(plan.struct!(), value as Json, path, found);
    case 'list': {
      const list = value as unknown[];
      for (let i = 0; i < list.length; i++) list[i] = dropUnknownIn(plan.item!, list[i], `${path}[${i}]`, found);
      return list;
    }
    case 'map': {
      const map = value as Json;
      for (const key in map) setOwn(map, key, dropUnknownIn(plan.item!, map[key], `${path}.${key}`, found));
      return map;
    }
    default:
      return value;
  }
}
