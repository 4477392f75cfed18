import type { FieldFacts, SchemaTable, TypeFacts, TypeRef } from '../../api/schema/schema-table.ts';
import { wordsForField } from './field-words.ts';

/** Descriptions by type name: of the type itself, and of its fields. */
export type Descriptions = Readonly<
  Record<string, { readonly description?: string; readonly fields?: Readonly<Record<string, string>> }>
>;

export type Json = Record<string, unknown>;
export type OpenApiVersion = 'v2' | 'v3';

const prefixes = { v2: '#/definitions/', v3: '#/components/schemas/' } as const;

/** Where a schema of the table lives in a document. */
export const refTo = (version: OpenApiVersion, typeName: string): Json => ({ $ref: `${prefixes[version]}${typeName}` });

/** The schema of a type of the table. v3 carries defaults; v2, as upstream publishes it, does not. */
export function schemaOf(
  version: OpenApiVersion,
  typeName: string,
  facts: TypeFacts,
  descriptions: Descriptions,
): Json {
  const words = Object.hasOwn(descriptions, typeName) ? descriptions[typeName] : undefined;
  const schema: Json = {};
  if (words?.description) schema['description'] = words.description;
  if (facts.oneOf && version === 'v3') schema['oneOf'] = facts.oneOf;
  else if (facts.oneOf) schema['type'] = 'string';
  else if (facts.fields) schema['type'] = 'object';
  else if (facts.type) schema['type'] = facts.type;
  if (facts.format) schema['format'] = facts.format;
  const required = Object.entries(facts.fields ?? {}).filter(([, f]) => f.required);
  if (required.length > 0) schema['required'] = required.map(([name]) => name).sort();
  if (facts.fields) {
    const properties: Json = {};
    for (const name of Object.keys(facts.fields).sort()) {
      const description = words?.fields && Object.hasOwn(words.fields, name) ? words.fields[name] : undefined;
      properties[name] = propertyOf(
        version,
        facts.fields[name]!,
        description ?? (hasWords(facts.fields[name]!.t, descriptions) ? wordsForField(typeName, name) : undefined),
      );
    }
    schema['properties'] = properties;
  }
  if (facts.gvk)
    schema['x-kubernetes-group-version-kind'] = facts.gvk.map(([group, v, kind]) => ({ group, kind, version: v }));
  if (facts.mapType) schema['x-kubernetes-map-type'] = facts.mapType;
  if (facts.unions) schema['x-kubernetes-unions'] = facts.unions;
  return schema;
}

function hasWords(ref: TypeRef, descriptions: Descriptions): boolean {
  return Object.hasOwn(descriptions, ref) && descriptions[ref]!.description !== undefined;
}

function propertyOf(version: OpenApiVersion, field: FieldFacts, description: string | undefined): Json {
  const property: Json = {};
  if (description) property['description'] = description;
  Object.assign(
    property,
    valueOf(version, field.t, {
      wrapRef: description !== undefined,
      default: field.default,
      enum: field.enum,
      format: field.format,
      inner: {
        default: field.itemsDefault ?? field.valuesDefault,
        enum: field.itemsEnum,
        format: field.itemsFormat ?? field.valuesFormat,
      },
    }),
  );
  if (field.list) property['x-kubernetes-list-type'] = field.list;
  if (field.keys) property['x-kubernetes-list-map-keys'] = field.keys;
  if (field.map) property['x-kubernetes-map-type'] = field.map;
  if (field.patch) property['x-kubernetes-patch-strategy'] = field.patch;
  if (field.mergeKey) property['x-kubernetes-patch-merge-key'] = field.mergeKey;
  return property;
}

type Details = {
  readonly wrapRef?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly inner?: Details;
};

function valueOf(version: OpenApiVersion, ref: TypeRef, details: Details): Json {
  const withDefault = version === 'v3' && details.default !== undefined ? { default: details.default } : {};
  if (ref.startsWith('[]'))
    return { type: 'array', items: valueOf(version, ref.slice(2), details.inner ?? {}), ...withDefault };
  if (ref.startsWith('map:'))
    return {
      type: 'object',
      additionalProperties: valueOf(version, ref.slice(4), details.inner ?? {}),
      ...withDefault,
    };
  if (ref.includes('.')) {
    // Beside a $ref nothing else counts in OpenAPI 3.0, so it is wrapped where something else is said.
    const wrap = version === 'v3' && (details.wrapRef || details.default !== undefined);
    return wrap ? { allOf: [refTo(version, ref)], ...withDefault } : refTo(version, ref);
  }
  return {
    ...(ref === 'any' ? {} : { type: ref }),
    ...(details.format ? { format: details.format } : {}),
    ...(details.enum ? { enum: details.enum } : {}),
    ...withDefault,
  };
}

/** The types of the table that `roots` need, themselves included; names the table does not know are left out. */
export function reachableTypes(table: SchemaTable, roots: Iterable<string>): string[] {
  const found = new Set<string>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name) || !Object.hasOwn(table, name)) continue;
    found.add(name);
    for (const field of Object.values(table[name]!.fields ?? {})) {
      const ref = field.t.replace(/^(?:\[\]|map:)+/, '');
      if (ref.includes('.')) queue.push(ref);
    }
  }
  return [...found].sort();
}
