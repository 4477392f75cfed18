import type { ListMeta, ObjectMeta } from '../schema/generated/meta-v1.ts';

/** What every object of the API has. Code that knows a kind uses its generated type instead. */
export interface KubeObject {
  kind?: string;
  apiVersion?: string;
  metadata: ObjectMeta;
}

/** An object whose fields beyond metadata are read by name, as the engine does for kinds it does not know. */
export type AnyObject = KubeObject & Record<string, unknown>;

export interface KubeList<T> {
  kind?: string;
  apiVersion?: string;
  metadata: ListMeta;
  items: T[];
}

declare const brand: unique symbol;
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** "namespace/name", or "name" when cluster-scoped. */
export type ObjectKey = Branded<string, 'ObjectKey'>;

/** The key of an object: it needs a name. */
export function objectKey(object: {
  readonly metadata: { readonly name?: string; readonly namespace?: string };
}): ObjectKey {
  const { name, namespace } = object.metadata;
  return (namespace ? `${namespace}/${name}` : name) as ObjectKey;
}

/** Open enums (`'A' | (string & {})`) stay as they are. */
export type DeepReadonly<T> = T extends string | number | boolean | bigint | null | undefined
  ? T
  : T extends (infer Item)[]
    ? readonly DeepReadonly<Item>[]
    : T extends object
      ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
      : T;

export const namespaceSystem = 'kube-system';

/** True for a map that is absent or has no entries. */
export function isEmpty(map: Readonly<Record<string, unknown>> | null | undefined): boolean {
  for (const _ in map) return false;
  return true;
}

/** The object itself, its managedFields taken out: for caches whose readers do not ask who wrote what. */
export function withoutManagedFields<T extends { metadata: { managedFields?: unknown } }>(object: T): T {
  delete object.metadata.managedFields;
  return object;
}
