import type { FieldFacts, SchemaTable, TypeFacts, TypeRef } from './schema-table.ts';

/** Where a type of the table lives: `io.k8s.api.core.v1.Pod` is `Pod` in `core-v1.ts`. */
type Place = { readonly file: string; readonly name: string };

const scalarTypes: Readonly<Record<string, string>> = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  object: 'Record<string, unknown>',
  any: 'unknown',
};

/** Types that are a string, a number or anything at all on the wire; everything else becomes an interface. */
const wireTypes: Readonly<Record<string, string>> = {
  Quantity: 'string',
  IntOrString: 'number | string',
  Time: 'string',
  MicroTime: 'string',
  FieldsV1: 'Record<string, unknown>',
  Patch: 'Record<string, unknown>',
  RawExtension: 'Record<string, unknown>',
  JSON: 'unknown',
  JSONSchemaPropsOrArray: 'JSONSchemaProps | JSONSchemaProps[]',
  JSONSchemaPropsOrBool: 'JSONSchemaProps | boolean',
  JSONSchemaPropsOrStringArray: 'JSONSchemaProps | string[]',
};

/**
 * TypeScript source of every type of the table, one file a group and version (`core-v1.ts`, `apps-v1.ts`,
 * `meta-v1.ts`…), as pairs of file name and text. Same input, same output.
 */
export function generateTypes(table: SchemaTable): [file: string, source: string][] {
  const byFile = new Map<string, string[]>();
  const imports = new Map<string, Map<string, Set<string>>>();
  for (const [typeName, facts] of Object.entries(table)) {
    const place = placeOf(typeName);
    const needs = (other: Place): string => {
      if (other.file === place.file) return other.name;
      const ofFile = imports.get(place.file) ?? new Map<string, Set<string>>();
      imports.set(place.file, ofFile);
      const names = ofFile.get(other.file) ?? new Set<string>();
      ofFile.set(other.file, names);
      names.add(other.name);
      return other.name;
    };
    const declarations = byFile.get(place.file) ?? [];
    byFile.set(place.file, declarations);
    declarations.push(declare(place.name, facts, needs));
  }
  return [...byFile].map(([file, declarations]) => {
    const lines = [...(imports.get(file) ?? [])].map(
      ([other, names]) => `import type { ${[...names].sort().join(', ')} } from './${other}';`,
    );
    return [
      file,
      ['// Generated from api/schema/table.json by `npm run generate`.', ...lines, ...declarations].join('\n') + '\n',
    ];
  });
}

function declare(name: string, facts: TypeFacts, needs: (place: Place) => string): string {
  const wire = wireTypes[name];
  if (wire !== undefined) return `export type ${name} = ${wire};`;
  const isRoot = facts.gvk !== undefined && facts.fields?.['metadata']?.t.endsWith('.ObjectMeta');
  const fields = Object.entries(facts.fields ?? {}).map(([field, f]) => {
    const required = f.required || (isRoot && field === 'metadata');
    return `  ${/^\w+$/.test(field) ? field : JSON.stringify(field)}${required ? '' : '?'}: ${fieldType(f, needs)};`;
  });
  return fields.length === 0
    ? `export type ${name} = Record<string, unknown>;`
    : `export interface ${name} {\n${fields.join('\n')}\n}`;
}

function fieldType(field: FieldFacts, needs: (place: Place) => string): string {
  // Enums stay open (`string & {}`): a newer server may send a value this table does not know.
  if (field.enum && field.t === 'string')
    return [...field.enum.map((e) => JSON.stringify(e)), '(string & {})'].join(' | ');
  return typeOf(field.t, needs);
}

function typeOf(ref: TypeRef, needs: (place: Place) => string): string {
  if (ref.startsWith('[]')) {
    const item = typeOf(ref.slice(2), needs);
    return item.includes(' ') ? `(${item})[]` : `${item}[]`;
  }
  if (ref.startsWith('map:')) return `Record<string, ${typeOf(ref.slice(4), needs)}>`;
  return scalarTypes[ref] ?? needs(placeOf(ref));
}

function placeOf(typeName: string): Place {
  const parts = typeName.split('.');
  const name = parts.at(-1)!;
  if (parts[2] === 'api') return { file: `${parts[3]}-${parts[4]}.ts`, name };
  if (typeName.includes('.apimachinery.')) return { file: 'meta-v1.ts', name: name };
  return { file: `${parts.at(-3)}-${parts.at(-2)}.ts`, name };
}
