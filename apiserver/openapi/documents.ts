import type { SchemaTable } from '../../api/schema/schema-table.ts';
import type { Steps } from './in-slices.ts';
import type { Operation } from './operation-maker.ts';
import type { PathItem } from './operations.ts';
import type { Parameter } from './parameters.ts';
import { reachableTypes, refTo, schemaOf, type Descriptions, type Json } from './schemas.ts';

export interface Sources {
  readonly table: SchemaTable;
  /** Schemas of custom resources, as OpenAPI v3 has them, by the type name that their operations use. */
  readonly custom: Readonly<Record<string, Json>>;
  readonly descriptions: Descriptions;
  /** `info.version`. */
  readonly version: string;
}

/** The OpenAPI 3.0 document of the path items of one group and version. */
export function* openApiV3(items: readonly PathItem[], sources: Sources): Steps<Json> {
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: sources.version },
    paths: yield* pathsOf(items, pathV3),
    components: {
      schemas: yield* schemasOf('v3', items, sources),
      securitySchemes: { BearerToken: bearerToken },
    },
  };
}

/** The OpenAPI 2.0 document of the whole API. */
export function* openApiV2(items: readonly PathItem[], sources: Sources): Steps<Json> {
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: sources.version },
    paths: yield* pathsOf(items, pathV2),
    definitions: yield* schemasOf('v2', items, sources),
    securityDefinitions: { BearerToken: bearerToken },
    security: [{ BearerToken: [] }],
  };
}

const bearerToken = { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' };
const unauthorized = { 401: { description: 'Unauthorized' } };
const statusWords: Readonly<Record<string, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted' };

function* pathsOf(items: readonly PathItem[], render: (item: PathItem) => Json): Steps<Json> {
  const paths: Json = {};
  for (const item of items) {
    paths[item.path] = render(item);
    yield;
  }
  return paths;
}

function* schemasOf(version: 'v2' | 'v3', items: readonly PathItem[], sources: Sources): Steps<Json> {
  const roots = new Set<string>();
  for (const { operations } of items) {
    for (const operation of operations) {
      for (const type of Object.values(operation.responses)) roots.add(type);
      for (const { bodyType } of operation.parameters) if (bodyType !== undefined) roots.add(bodyType);
    }
  }
  const schemas: Json = {};
  const custom = [...roots].filter((name) => Object.hasOwn(sources.custom, name));
  // Custom resources point at ObjectMeta and ListMeta.
  if (custom.length > 0) for (const name of ['ObjectMeta', 'ListMeta']) roots.add(`${meta}.${name}`);
  for (const name of reachableTypes(sources.table, roots)) {
    schemas[name] = schemaOf(version, name, sources.table[name]!, sources.descriptions);
    yield;
  }
  for (const name of custom) {
    schemas[name] = version === 'v3' ? sources.custom[name]! : pointInto('#/definitions/', sources.custom[name]!);
  }
  return Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The schema with references to v3's place turned to another. */
function pointInto(prefix: string, value: Json): Json {
  return JSON.parse(
    JSON.stringify(value, (key: string, v: unknown) =>
      key === '$ref' && typeof v === 'string' ? v.replace('#/components/schemas/', prefix) : v,
    ),
  ) as Json;
}

/** Parameters that all operations of a path share stand at the path; a body never does. */
function sharedParameters(item: PathItem): readonly Parameter[] {
  const [first, ...others] = item.operations;
  return first!.parameters.filter(
    (p) => p.in !== 'body' && others.every((o) => o.parameters.some((q) => q.name === p.name && q.in === p.in)),
  );
}

function ownParameters(operation: Operation, shared: readonly Parameter[]): Parameter[] {
  return operation.parameters.filter((p) => !shared.some((q) => q.name === p.name && q.in === p.in));
}

const byName = (a: Parameter, b: Parameter): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

function common(operation: Operation): Json {
  return {
    description: operation.description,
    ...(operation.action === undefined ? {} : { 'x-kubernetes-action': operation.action }),
    ...(operation.gvk === undefined ? {} : { 'x-kubernetes-group-version-kind': operation.gvk }),
    operationId: operation.id,
    tags: [operation.tag],
  };
}

function pathV3(item: PathItem): Json {
  const shared = sharedParameters(item);
  const path: Json = {};
  for (const operation of item.operations) {
    const own = ownParameters(operation, shared);
    const body = own.find((p) => p.in === 'body');
    const parameters = own.filter((p) => p.in !== 'body').sort(byName);
    path[operation.method] = {
      ...common(operation),
      ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterV3) }),
      ...(body === undefined
        ? {}
        : {
            requestBody: {
              content: contentV3(operation.consumes ?? ['*/*'], body.bodyType!),
              ...(body.required ? { required: true } : {}),
            },
          }),
      responses: responses(operation, (type) => ({ content: contentV3(operation.produces, type) })),
    };
  }
  if (shared.length > 0) path['parameters'] = shared.toSorted(byName).map(parameterV3);
  return path;
}

const contentV3 = (types: readonly string[], schema: string): Json =>
  Object.fromEntries(types.map((type) => [type, { schema: typeSchema('v3', schema) }]));

const typeSchema = (version: 'v2' | 'v3', type: string): Json =>
  type === 'string' ? { type: 'string' } : refTo(version, type);

function parameterV3({ name, in: place, description, required, type }: Parameter): Json {
  return {
    name,
    in: place,
    ...(description === undefined ? {} : { description }),
    ...(required ? { required } : {}),
    schema: { type, uniqueItems: true },
  };
}

function responses(operation: Operation, render: (type: string) => Json): Json {
  const all: Json = {};
  for (const [status, type] of Object.entries(operation.responses))
    all[status] = { description: statusWords[status] ?? '', ...render(type) };
  return { ...all, ...unauthorized };
}

function pathV2(item: PathItem): Json {
  const shared = sharedParameters(item);
  const path: Json = {};
  for (const operation of item.operations) {
    const own = ownParameters(operation, shared).sort(byName);
    path[operation.method] = {
      ...common(operation),
      ...(operation.consumes === undefined ? {} : { consumes: operation.consumes }),
      produces: operation.produces,
      schemes: ['https'],
      ...(own.length === 0 ? {} : { parameters: own.map(parameterV2) }),
      responses: responses(operation, (type) => ({ schema: typeSchema('v2', type) })),
    };
  }
  if (shared.length > 0) path['parameters'] = shared.toSorted(byName).map(parameterV2);
  return path;
}

function parameterV2({ name, in: place, description, required, type, bodyType }: Parameter): Json {
  return {
    name,
    in: place,
    ...(description === undefined ? {} : { description }),
    ...(required ? { required } : {}),
    ...(bodyType === undefined ? { type, uniqueItems: true } : { schema: refTo('v2', bodyType) }),
  };
}
