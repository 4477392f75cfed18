/**
 * The table of facts of the API (`table.json`): every type of Kubernetes 1.36 with its fields, list types, merge keys,
 * defaults, enums and protobuf field numbers. Everything that needs to know the shape of an object derives from it:
 * decoding, OpenAPI, server-side apply, strategic merge patch and the generated TypeScript types.
 */
import { readFileSync } from 'node:fs';

/**
 * A type in the table: `string`, `integer`, `number`, `boolean`, a type name such as `io.k8s.api.core.v1.Pod`, or one
 * of these behind `[]` (list) or `map:` (map from string). Prefixes nest: `map:[]string`.
 */
export type TypeRef = string;

export type FieldFacts = {
  readonly t: TypeRef;
  readonly required?: true;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly format?: string;
  /** `x-kubernetes-list-type` and `x-kubernetes-list-map-keys`. */
  readonly list?: 'atomic' | 'set' | 'map';
  readonly keys?: readonly string[];
  /** `x-kubernetes-map-type`. */
  readonly map?: 'atomic' | 'granular';
  /** `x-kubernetes-patch-strategy` (`merge`, `retainKeys`, or both with a comma) and `x-kubernetes-patch-merge-key`. */
  readonly patch?: string;
  readonly mergeKey?: string;
  readonly itemsDefault?: unknown;
  readonly itemsEnum?: readonly string[];
  readonly itemsFormat?: string;
  readonly valuesDefault?: unknown;
  readonly valuesFormat?: string;
  /**
   * Protobuf field number, and the scalar type where it does not follow from `t`. A path of numbers where JSON has the
   * fields of an embedded struct in the outer one (`Volume.hostPath`) and protobuf has a message inside a message.
   */
  readonly pb?: number | readonly number[];
  readonly pbType?: string;
};

export type TypeFacts = {
  /** Each as [group, version, kind]; a few meta types (DeleteOptions, Status…) stand in every group. */
  readonly gvk?: readonly (readonly [string, string, string])[];
  readonly mapType?: 'atomic' | 'granular';
  readonly type?: string;
  readonly format?: string;
  readonly oneOf?: readonly { readonly type: string }[];
  readonly unions?: readonly unknown[];
  /** `x-kubernetes-preserve-unknown-fields` of a custom resource: fields beyond `fields` are kept. */
  readonly preserveUnknownFields?: true;
  /** In the order in which the canonical encoding writes them; absent where the type has no properties. */
  readonly fields?: Readonly<Record<string, FieldFacts>>;
};

export type SchemaTable = Readonly<Record<string, TypeFacts>>;

/** Reads the table from disk. Costs about 3 ms; callers keep the result, the module holds none. */
export function loadSchemaTable(): SchemaTable {
  return JSON.parse(readFileSync(new URL('./table.json', import.meta.url), 'utf8')) as SchemaTable;
}
