import type { StructPlan, ValuePlan } from '../../api/schema/type-plan.ts';

type Json = Record<string, unknown>;

/** Says for each field, by its path, whether the example has it. */
export type Chooses = (path: string) => boolean;

interface Place {
  readonly chooses: Chooses;
  readonly path: string;
  /** The types around, so that those which contain themselves end. */
  readonly within: readonly string[];
}

/** An object of a type with values in the fields chosen, in JSON shape. A type that contains itself does so once. */
export function exampleOf(plan: StructPlan, chooses: Chooses = () => true): Json {
  return exampleStruct(plan, { chooses, path: '', within: [] });
}

function exampleStruct(plan: StructPlan, { chooses, path, within }: Place): Json {
  const object: Json = {};
  const inside = [...within, plan.typeName];
  for (const { name, value, facts } of plan.fields) {
    // Only JSON says the kind inside the object.
    if (facts.pb === undefined) continue;
    const at = path ? `${path}.${name}` : name;
    if (!chooses(at) || within.includes(plan.typeName)) continue;
    object[name] = exampleValue(value, { chooses, path: at, within: inside });
  }
  return object;
}

function exampleValue(value: ValuePlan, place: Place): unknown {
  const { path } = place;
  switch (value.kind) {
    case 'string':
      return path;
    case 'integer':
      return path.length % 2 ? path.length : -path.length;
    case 'number':
      return 2.5;
    case 'boolean':
      return true;
    case 'bytes':
      return Buffer.from(path).toString('base64');
    case 'time':
      return '2024-05-06T07:08:09Z';
    case 'microTime':
      return '2024-05-06T07:08:09.123456Z';
    case 'quantity':
      return '1500m';
    case 'intOrString':
      return path.length % 2 ? 8080 : 'ü';
    case 'raw':
      return exampleRaw(value);
    case 'struct':
      return exampleStruct(value.struct!(), place);
    case 'list':
      return [exampleValue(value.item!, place), exampleValue(value.item!, { ...place, chooses: () => false })];
    case 'map':
      return {
        a: exampleValue(value.item!, place),
        'b/c': exampleValue(value.item!, { ...place, chooses: () => false }),
      };
  }
}

function exampleRaw({ goType }: ValuePlan): unknown {
  if (goType === 'v1.JSONSchemaPropsOrBool') return { type: 'integer' };
  if (goType === 'v1.JSONSchemaPropsOrArray') return [{ type: 'integer' }, { type: 'string' }];
  if (goType === 'v1.JSONSchemaPropsOrStringArray') return ['a', 'b'];
  return { 'f:metadata': { 'f:labels': {} } };
}
