import type { SchemaTable } from '../schema/schema-table.ts';
import { setOf, type FieldSet } from './field-set.ts';
import { TypeNodes, type TypeNode } from './type-node.ts';

/** All that tracking the fields of one type needs to know of it. */
export interface TrackedType {
  readonly node: TypeNode;
  /** As the objects say it; undefined where the table has no group, version and kind. */
  readonly kind: string | undefined;
  isKnownVersion(apiVersion: string | undefined): boolean;
  /** Another type of the same table. */
  named(typeName: string): TrackedType;
}

/** Types of the table by name, each made ready once. */
export function trackedTypes(
  table: SchemaTable,
  options: { readonly goStructs: boolean },
): (name: string) => TrackedType {
  const nodes = new TypeNodes(table, options);
  const types = new Map<string, TrackedType>();
  const versions = new Map<string, Set<string>>();
  for (const { gvk } of Object.values(table)) {
    for (const [group, version, kind] of gvk ?? []) {
      const known = versions.get(kind) ?? new Set();
      versions.set(kind, known.add(group ? `${group}/${version}` : version));
    }
  }
  const named = (name: string): TrackedType => {
    let type = types.get(name);
    if (type) return type;
    const kind = Object.hasOwn(table, name) ? table[name]!.gvk?.[0]?.[2] : undefined;
    // A kind that two groups serve is one resource under two names, as events are.
    const known = kind === undefined ? undefined : versions.get(kind);
    type = {
      named,
      node: nodes.named(name),
      kind,
      isKnownVersion: (apiVersion) => apiVersion !== undefined && (known?.has(apiVersion) ?? true),
    };
    types.set(name, type);
    return type;
  };
  return named;
}

/** Fields that nobody owns: they are the server's, or name the object. */
export const strippedFields: FieldSet = setOf(
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => ['f:metadata', `f:${name}`]),
);
