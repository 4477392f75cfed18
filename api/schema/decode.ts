import { canonicalQuantity } from '../meta/quantity.ts';
import { canonicaliseMicroTime, canonicaliseTime } from '../meta/time.ts';
import { isZero, zeroOf, type StructPlan, type ValuePlan } from './type-plan.ts';

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
    throw new DecodeError(new ErrorWalk().explain(plan, value) ?? (error as Error).message);
  }
  const unknownFields: string[] = [];
  if (state.unknown) object = dropUnknown(plan, object, '', unknownFields);
  return { object, unknownFields };
}

type FastState = { unknown: boolean };

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function decodeFields(plan: StructPlan, value: unknown, state: FastState): Json {
  if (!isObject(value)) throw mismatch;
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
      if (!isObject(value)) throw mismatch;
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

const quantityText = (value: string | number): string => (typeof value === 'string' ? value.trim() : String(value));

const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Canonical standard base64; newlines are skipped as Go does. Throws with the position Go's decoder names. */
function canonicalBase64(text: string): string {
  const plain = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, '') : text;
  if (!base64Text.test(plain)) throw new DecodeError(`illegal base64 data at input byte ${badBase64Byte(text)}`);
  // Stray bits in the last character are not data; Go's encoder writes them as zero.
  return plain.endsWith('=') ? Buffer.from(plain, 'base64').toString('base64') : plain;
}

/** Where Go's base64 decoder stops: the first character it cannot use, counting bytes of the whole text. */
function badBase64Byte(text: string): number {
  const bytes = Buffer.from(text, 'utf8');
  let inQuantum = 0;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i]!;
    if (c === 0x0a || c === 0x0d) continue;
    const char = String.fromCharCode(c);
    if (/[A-Za-z0-9+/]/.test(char)) {
      inQuantum = (inQuantum + 1) % 4;
      continue;
    }
    if (char !== '=' || inQuantum < 2) return i;
    let end = i + 1;
    const skipNewlines = (): void => {
      while (end < bytes.length && (bytes[end] === 0x0a || bytes[end] === 0x0d)) end++;
    };
    skipNewlines();
    if (inQuantum === 2) {
      if (end >= bytes.length) return bytes.length;
      if (bytes[end] !== 0x3d) return end;
      end++;
      skipNewlines();
    }
    return end;
  }
  // An incomplete last group: Go names where it began.
  return bytes.length - inQuantum;
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

/**
 * Finds what Go's decoder would report. It saves the first mismatch of kinds and reads on; an error of a type that
 * decodes itself (times, quantities) ends it at once and wins. Paths name fields only, no list indices or map keys.
 */
class ErrorWalk {
  readonly #path: string[] = [];
  #struct = '';
  #saved: string | undefined;

  explain(plan: StructPlan, value: unknown): string | undefined {
    try {
      this.#fields(plan, value, `v1.${plan.goName}`);
    } catch (error) {
      if (error instanceof Stop) return error.message;
      throw error;
    }
    return this.#saved;
  }

  #mismatch(value: unknown, goType: string, asNumber = false): string {
    const what = asNumber ? `number ${numberText(value as number)}` : kindOf(value);
    const where =
      this.#path.length === 0
        ? `value of type ${goType}`
        : `struct field ${this.#struct}.${this.#path.join('.')} of type ${goType}`;
    return `json: cannot unmarshal ${what} into Go ${where}`;
  }

  #save(value: unknown, goType: string, asNumber = false): void {
    this.#saved ??= this.#mismatch(value, goType, asNumber);
  }

  #fields(plan: StructPlan, value: unknown, goType: string): void {
    if (!isObject(value)) return this.#save(value, goType);
    for (const key in value) {
      const field = plan.byName.get(key);
      if (!field || value[key] === null) continue;
      const outer = this.#struct;
      this.#struct = plan.goName;
      this.#path.push(key);
      this.#value(field.value, value[key]);
      this.#path.pop();
      this.#struct = outer;
    }
  }

  #value(plan: ValuePlan, value: unknown): void {
    if (value === null) return;
    switch (plan.kind) {
      case 'string':
        if (typeof value !== 'string') this.#save(value, plan.goType);
        return;
      case 'integer':
        if (typeof value !== 'number') this.#save(value, plan.goType);
        else if (!fitsInteger(value, plan.bits!)) this.#save(value, plan.goType, true);
        return;
      case 'number':
        if (typeof value !== 'number') this.#save(value, plan.goType);
        return;
      case 'boolean':
        if (typeof value !== 'boolean') this.#save(value, plan.goType);
        return;
      case 'bytes':
        if (typeof value !== 'string') return this.#save(value, plan.goType);
        try {
          canonicalBase64(value);
        } catch (error) {
          this.#saved ??= (error as Error).message;
        }
        return;
      case 'time':
      case 'microTime':
        if (typeof value !== 'string') throw new Stop(this.#mismatch(value, 'string'));
        return stopOn(() => (plan.kind === 'time' ? canonicaliseTime(value) : canonicaliseMicroTime(value)));
      case 'quantity': {
        const text = typeof value === 'string' || typeof value === 'number' ? quantityText(value) : '{}';
        return stopOn(() => canonicalQuantity(text));
      }
      case 'intOrString':
        if (typeof value === 'string') return;
        if (typeof value !== 'number') throw new Stop(this.#mismatch(value, 'int32'));
        if (!fitsInteger(value, 32)) throw new Stop(this.#mismatch(value, 'int32', true));
        return;
      case 'raw':
        return;
      case 'struct':
        return this.#fields(plan.struct!(), value, plan.goType);
      case 'list':
        if (!Array.isArray(value)) return this.#save(value, plan.goType);
        for (const item of value) this.#value(plan.item!, item);
        return;
      case 'map':
        if (!isObject(value)) return this.#save(value, plan.goType);
        for (const key in value) this.#value(plan.item!, value[key]);
        return;
    }
  }
}

class Stop extends Error {}

function stopOn(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    throw new Stop((error as Error).message);
  }
}

function fitsInteger(value: number, bits: 32 | 64): boolean {
  if (!Number.isInteger(value)) return false;
  return bits === 32 ? value === (value | 0) : Math.abs(value) <= 2 ** 63;
}

/** A number as it most likely stood in the text: integers in full, not in exponent form. */
const numberText = (value: number): string => (Number.isInteger(value) ? BigInt(value).toString() : String(value));

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
