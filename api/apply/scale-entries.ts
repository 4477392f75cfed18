import type { ManagedFieldsEntry } from '../schema/generated/meta-v1.ts';
import { difference, hasField, setOf, union } from './field-set.ts';
import { managedId, newManaged, readEntries, setFields, writeEntries, type ManagedById } from './managed-entries.ts';

const scaleVersion = 'autoscaling/v1';
const replicasOfScale = ['f:spec', 'f:replicas'];

/**
 * Where replicas live in the object behind a scale, by its apiVersion: `{ 'apps/v1': ['spec', 'replicas'] }`. An object's
 * entries of other versions are dropped; null stands for a version without scale, whose entries stay as they are.
 */
export type ReplicasPaths = Readonly<Record<string, readonly string[] | null>>;

const elementsOf = (path: readonly string[]): string[] => path.map((name) => `f:${name}`);

/** The entries of an object as its Scale shows them: only who owns replicas, and by the Scale's own path. */
export function entriesOfScale(
  parent: readonly ManagedFieldsEntry[] | undefined,
  paths: ReplicasPaths,
): ManagedFieldsEntry[] | undefined {
  const scale: ManagedById = new Map();
  for (const [id, { entry, set, time }] of readEntries(parent)) {
    const path = paths[entry.apiVersion!];
    if (!path || !hasField(set, elementsOf(path))) continue;
    scale.set(id, newManaged({ ...entry, apiVersion: scaleVersion }, setOf(replicasOfScale), time));
  }
  return writeEntries(scale);
}

/** The entries of an object after its Scale was written: owners of replicas are those that the Scale has now. */
export function entriesOfParent(
  parent: readonly ManagedFieldsEntry[] | undefined,
  scale: readonly ManagedFieldsEntry[] | undefined,
  options: { readonly paths: ReplicasPaths; readonly apiVersion: string },
): ManagedFieldsEntry[] | undefined {
  const { paths, apiVersion } = options;
  const result = readEntries(parent);
  const owners = ownersOfReplicas(scale, apiVersion);
  for (const managed of result.values()) {
    const version = managed.entry.apiVersion!;
    if (!Object.hasOwn(paths, version)) {
      result.delete(managed.id);
      continue;
    }
    const path = paths[version];
    if (!path || !hasField(managed.set, elementsOf(path)) || owners.delete(managed.id)) continue;
    setFields(result, managed, difference(managed.set, setOf(elementsOf(path))));
  }
  const replicas = setOf(elementsOf(paths[apiVersion]!));
  for (const [id, entry] of owners) {
    const previous = result.get(id);
    const set = previous ? union(previous.set, replicas) : replicas;
    // As upstream, an owner that came by the Scale has no time.
    result.set(id, previous ? { ...previous, set } : newManaged({ ...entry, apiVersion }, set, undefined));
  }
  return writeEntries(result);
}

/** Who owns replicas by the Scale, under the ids they have in the object behind it. */
function ownersOfReplicas(
  scale: readonly ManagedFieldsEntry[] | undefined,
  apiVersion: string,
): Map<string, ManagedFieldsEntry> {
  const owners = new Map<string, ManagedFieldsEntry>();
  for (const { entry, set } of readEntries(scale).values()) {
    if (hasField(set, replicasOfScale)) owners.set(managedId({ ...entry, apiVersion }), entry);
  }
  return owners;
}
