import { alwaysWritten, goTypeNames, omittedWhenZero, pointerFields } from './go-facts.ts';
import type { FieldFacts, SchemaTable, TypeRef } from './schema-table.ts';

/** What a value is on the wire. `raw` is passed on as it came: FieldsV1, RawExtension, JSON schemas' free parts. */
export type ValueKind =
  | 'string'
  | 'integer'
  | 'number'
  | 'boolean'
  | 'bytes'
  | 'time'
  | 'microTime'
  | 'quantity'
  | 'intOrString'
  | 'raw'
  | 'struct'
  | 'list'
  | 'map';

/** A type of the table made ready for walking values: each node is made once and shared. */
export interface ValuePlan {
  readonly kind: ValueKind;
  /** The type as Go's decoder names it in an error: `v1.Container`, `[]string`, `map[string]string`. */
  readonly goType: string;
  /** Bits of an integer. */
  readonly bits?: 32 | 64;
  /** Item of a list, value of a map. */
  readonly item?: ValuePlan;
  /** Fields of a struct. A getter, so that types which contain themselves end. */
  readonly struct?: () => StructPlan;
}

/**
 * When a field is written. `always`: also when absent, as its zero value (`{}`, `""`, `0`, `false`, `null`).
 * `unlessZero`: only when it says something. `ifSet`: whenever it is there, so `replicas: 0` survives.
 */
export type Presence = 'always' | 'unlessZero' | 'ifSet';

export interface FieldPlan {
  readonly name: string;
  readonly value: ValuePlan;
  readonly presence: Presence;
  /** What is written where the field must stand and is absent: `{}` stands for a struct's own zero, null for Go's nil. */
  readonly zero: unknown;
  /** Place in the canonical encoding. */
  readonly index: number;
  readonly facts: FieldFacts;
}

export interface StructPlan {
  readonly typeName: string;
  /** `Container`: what Go's decoder calls the struct. */
  readonly goName: string;
  /** In canonical order. */
  readonly fields: readonly FieldPlan[];
  readonly byName: ReadonlyMap<string, FieldPlan>;
  /** Fields that are written even when absent. */
  readonly always: readonly FieldPlan[];
  /** Structs and scalars that stand in every decoded object, so that code may read through them. */
  readonly filled: readonly FieldPlan[];
}

const rawTypes = new Set([
  'FieldsV1',
  'RawExtension',
  'JSON',
  'Patch',
  'JSONSchemaPropsOrArray',
  'JSONSchemaPropsOrBool',
  'JSONSchemaPropsOrStringArray',
]);

const wireKinds: Readonly<Record<string, ValueKind>> = {
  Quantity: 'quantity',
  IntOrString: 'intOrString',
  Time: 'time',
  MicroTime: 'microTime',
};

/** Compiles types of the table on first use; asking again gives the same plan. Unknown names give undefined. */
export function createPlans(table: SchemaTable): (typeName: string) => StructPlan | undefined {
  const plans = new Map<string, StructPlan>();

  function plan(typeName: string): StructPlan | undefined {
    const known = plans.get(typeName);
    if (known) return known;
    const facts = Object.hasOwn(table, typeName) ? table[typeName] : undefined;
    if (!facts) return undefined;
    const goName = lastPart(typeName);
    const groupVersion = typeName.split('.').slice(-3, -1).join('.');
    const fields = Object.entries(facts.fields ?? {}).map(([name, field], index): FieldPlan => {
      const short = `${goName}.${name}`;
      const long = `${groupVersion}.${short}`;
      const owner = Object.hasOwn(goTypeNames, long) ? long : short;
      const value = valuePlan(field.t, field.format ?? field.itemsFormat ?? field.valuesFormat, owner);
      const presence = presenceOf([short, long], field, value);
      const zero = value.kind === 'struct' && field.default === undefined ? null : zeroOf(value);
      return { name, value, presence, zero, index, facts: field };
    });
    const made: StructPlan = {
      typeName,
      goName,
      fields,
      byName: new Map(fields.map((f) => [f.name, f])),
      always: fields.filter((f) => f.presence === 'always'),
      filled: fields.filter((f) => f.presence === 'always' && f.zero !== null),
    };
    plans.set(typeName, made);
    return made;
  }

  function valuePlan(ref: TypeRef, format: string | undefined, owner: string): ValuePlan {
    if (ref.startsWith('[]')) {
      const item = valuePlan(ref.slice(2), format, `${owner}[]`);
      return { kind: 'list', goType: goTypeNames[owner] ?? `[]${item.goType}`, item };
    }
    if (ref.startsWith('map:')) {
      const item = valuePlan(ref.slice(4), format, `${owner}[]`);
      return { kind: 'map', goType: goTypeNames[owner] ?? `map[string]${item.goType}`, item };
    }
    const named = goTypeNames[owner];
    switch (ref) {
      case 'string':
        return format === 'byte' ? { kind: 'bytes', goType: '[]uint8' } : { kind: 'string', goType: named ?? 'string' };
      case 'integer': {
        const bits = format === 'int32' ? 32 : 64;
        return { kind: 'integer', goType: named ?? `int${bits}`, bits };
      }
      case 'number':
        return { kind: 'number', goType: 'float64' };
      case 'boolean':
        return { kind: 'boolean', goType: 'bool' };
      case 'object':
      case 'any':
        return { kind: 'raw', goType: 'interface {}' };
      default: {
        const name = lastPart(ref);
        const goType = `${ref.split('.').at(-2)}.${name}`;
        const kind = wireKinds[name];
        if (kind) return { kind, goType };
        if (rawTypes.has(name)) return { kind: 'raw', goType };
        return { kind: 'struct', goType, struct: () => plan(ref)! };
      }
    }
  }

  return plan;
}

/** The zero value as it is written where a field must stand; null for what Go keeps as nil. */
export function zeroOf(value: ValuePlan): unknown {
  switch (value.kind) {
    case 'struct':
      return {};
    case 'string':
      return '';
    case 'integer':
    case 'number':
    case 'intOrString':
      return 0;
    case 'boolean':
      return false;
    case 'quantity':
      return '0';
    default:
      return null;
  }
}

/** Does the value say nothing, so that a field that may be left out is left out? */
export function isZero(value: ValuePlan, v: unknown): boolean {
  switch (value.kind) {
    case 'string':
    case 'bytes':
      return v === '';
    case 'integer':
    case 'number':
      return v === 0;
    case 'boolean':
      return v === false;
    case 'list':
      return (v as readonly unknown[]).length === 0;
    case 'map':
      for (const _ in v as object) return false;
      return true;
    default:
      return false;
  }
}

function presenceOf(owners: readonly string[], field: FieldFacts, value: ValuePlan): Presence {
  const isIn = (set: ReadonlySet<string>): boolean => owners.some((owner) => set.has(owner));
  if (isIn(alwaysWritten)) return 'always';
  if (isIn(omittedWhenZero)) return value.kind === 'struct' ? 'ifSet' : 'unlessZero';
  if (isIn(pointerFields)) return 'ifSet';
  switch (value.kind) {
    case 'struct':
      return field.default !== undefined || field.required ? 'always' : 'ifSet';
    case 'list':
    case 'map':
    case 'bytes':
    case 'string':
      return field.required ? 'always' : 'unlessZero';
    default:
      return field.required ? 'always' : 'ifSet';
  }
}

const lastPart = (typeName: string): string => typeName.slice(typeName.lastIndexOf('.') + 1);
