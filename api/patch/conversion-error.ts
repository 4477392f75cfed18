import { canonicalBase64 } from '../meta/base64.ts';
import type { SchemaTable } from '../schema/schema-table.ts';
import { createPlans, type ValuePlan } from '../schema/type-plan.ts';
import { cannotUnmarshal } from './touched-document.ts';
import { isJsonObject } from '../meta/json-object.ts';

/**
 * Says why a strategically patched document is no object of its type, in the words of upstream's converter, which are
 * not those of its JSON decoder: `cannot restore slice from string`, `unrecognized type: int32`. Undefined where the
 * converter would take it; what is wrong with the text of times and quantities the decoder says.
 */
export type ConversionCheck = (typeName: string, document: object) => string | undefined;

/**
 * Compiles a type when it is first checked. Of several things wrong it tells the first, in the order of the table's
 * fields; a type that the table lacks is not checked.
 */
export function createConversionCheck(table: SchemaTable): ConversionCheck {
  const plans = createPlans(table);
  return (typeName, document) => {
    const struct = plans(typeName);
    return struct && complaint({ kind: 'struct', goType: '', struct: () => struct }, document);
  };
}

function complaint(plan: ValuePlan, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  switch (plan.kind) {
    case 'string':
      if (typeof value === 'string') return undefined;
      // Go can make a string of a whole number, so that its converter gives up one step later.
      return Number.isInteger(value) ? 'cannot convert int64 to string' : 'unrecognized type: string';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'unrecognized type: bool';
    case 'integer':
      if (typeof value !== 'number') return `unrecognized type: int${plan.bits}`;
      return Number.isInteger(value) ? undefined : `cannot convert float64 to int${plan.bits}`;
    case 'time':
    case 'microTime':
      return typeof value === 'string' ? undefined : cannotUnmarshal(value, 'value of type string');
    case 'number':
      return typeof value === 'number' ? undefined : 'unrecognized type: float64';
    case 'intOrString': {
      if (typeof value === 'string' || Number.isInteger(value)) return undefined;
      return cannotUnmarshal(value, 'value of type int32', { showsNumber: true });
    }
    case 'struct': {
      if (!isJsonObject(value)) return `cannot restore struct from: ${goKind(value)}`;
      return first(plan.struct!().fields, (field) => complaint(field.value, value[field.name]));
    }
    case 'list':
      if (!Array.isArray(value)) return `cannot restore slice from ${goKind(value)}`;
      return first(value, (item) => complaint(plan.item!, item));
    case 'bytes': {
      if (typeof value !== 'string') return `cannot restore slice from ${goKind(value)}`;
      const wrong = base64Complaint(value);
      return wrong && `error decoding from json: ${wrong}`;
    }
    case 'map':
      if (!isJsonObject(value)) return `cannot restore map from ${goKind(value)}`;
      return first(Object.keys(value), (key) => complaint(plan.item!, value[key]));
    default:
      return undefined;
  }
}

function base64Complaint(text: string): string | undefined {
  try {
    canonicalBase64(text);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

function first<T>(items: readonly T[], check: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = check(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function goKind(value: unknown): string {
  if (Array.isArray(value)) return 'slice';
  if (typeof value === 'object') return 'map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}
