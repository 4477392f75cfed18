import type { DeepReadonly, KubeObject } from '../../api/meta/object.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';
import type { ObjectMeta, OwnerReference } from '../../api/schema/generated/meta-v1.ts';

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

/** What the garbage collector keeps of an object: where it is, who owns it, and how it goes. */
export interface GraphObject {
  readonly ref: ResourceRef;
  readonly metadata: DeepReadonly<
    Pick<
      ObjectMeta,
      'uid' | 'name' | 'namespace' | 'resourceVersion' | 'ownerReferences' | 'finalizers' | 'deletionTimestamp'
    >
  >;
}

export type Owner = DeepReadonly<OwnerReference>;

/** Drops what the graph never reads. */
export function slimForGraph<T extends KubeObject>({ kind, apiVersion, metadata }: T): T {
  const { uid, name, namespace, resourceVersion, ownerReferences, finalizers, deletionTimestamp } = metadata;
  const slim: ObjectMeta = { uid, name, namespace, resourceVersion };
  if (ownerReferences?.length) slim.ownerReferences = ownerReferences;
  if (finalizers?.length) slim.finalizers = finalizers;
  if (deletionTimestamp) slim.deletionTimestamp = deletionTimestamp;
  return { kind, apiVersion, metadata: slim } as T;
}

/** Has somebody deleted it while finalizers keep it? */
export function isBeingDeleted({ metadata }: GraphObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** True while the object waits for its dependents to go before it. */
export function waitsForDependents(object: GraphObject): boolean {
  return isBeingDeleted(object) && (object.metadata.finalizers?.includes(foregroundFinalizer) ?? false);
}

/** True while the object waits for its dependents to be let go. */
export function waitsForOrphans(object: GraphObject): boolean {
  return isBeingDeleted(object) && (object.metadata.finalizers?.includes(orphanFinalizer) ?? false);
}

/** Is this the object that the reference of a dependent in `namespace` means? Owners are of the same namespace or of none. */
export function isOwner(object: GraphObject, owner: Owner, namespace: string | undefined): boolean {
  return (
    object.metadata.uid === owner.uid &&
    object.metadata.name === owner.name &&
    object.ref.kind === owner.kind &&
    object.ref.group === groupOf(owner.apiVersion) &&
    (!object.metadata.namespace || object.metadata.namespace === namespace)
  );
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** Who owns whom, over all resources, by uid. Every change answers the uids of those that it may concern. */
export class OwnerGraph {
  readonly #objects = new Map<string, GraphObject>();
  readonly #dependents = new Map<string, Set<string>>();

  get size(): number {
    return this.#objects.size;
  }

  get(uid: string): GraphObject | undefined {
    return this.#objects.get(uid);
  }

  /** Objects that name `uid` among their owners. */
  dependentsOf(uid: string): GraphObject[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#objects.get(dependent) ?? []);
  }

  /** Those of its dependents that an owner deleted in the foreground waits for. */
  blockersOf(uid: string): GraphObject[] {
    return this.dependentsOf(uid).filter((dependent) => blocks(dependent, uid));
  }

  /** All objects that there may be something to do for. */
  pending(): string[] {
    return [...this.#objects.values()].filter((object) => this.#needsLook(object)).map(({ metadata }) => metadata.uid!);
  }

  put(object: GraphObject): string[] {
    const uid = object.metadata.uid!;
    const old = this.#objects.get(uid);
    this.#objects.set(uid, object);
    const owners = object.metadata.ownerReferences ?? [];
    const before = old?.metadata.ownerReferences ?? [];
    for (const owner of before) if (!owners.some((one) => one.uid === owner.uid)) this.#unlink(owner.uid, uid);
    for (const owner of owners) this.#link(owner.uid, uid);
    const affected = this.#needsLook(object) ? [uid] : [];
    // An owner that waits for this one may have stopped to.
    for (const owner of before) if (this.#waits(owner.uid) && !blocks(object, owner.uid)) affected.push(owner.uid);
    return affected;
  }

  remove(uid: string): string[] {
    const object = this.#objects.get(uid);
    if (!object) return [];
    this.#objects.delete(uid);
    const owners = object.metadata.ownerReferences ?? [];
    for (const owner of owners) this.#unlink(owner.uid, uid);
    return [...(this.#dependents.get(uid) ?? []), ...owners.map((owner) => owner.uid).filter((id) => this.#waits(id))];
  }

  #needsLook(object: GraphObject): boolean {
    if (isBeingDeleted(object)) return waitsForDependents(object) || waitsForOrphans(object);
    return (object.metadata.ownerReferences ?? []).some((reference) => {
      const owner = this.#objects.get(reference.uid);
      if (!owner || !isOwner(owner, reference, object.metadata.namespace)) return true;
      return reference.blockOwnerDeletion === true && waitsForDependents(owner);
    });
  }

  #waits(uid: string): boolean {
    const object = this.#objects.get(uid);
    return object !== undefined && waitsForDependents(object);
  }

  #link(owner: string, dependent: string): void {
    const dependents = this.#dependents.get(owner);
    if (dependents) dependents.add(dependent);
    else this.#dependents.set(owner, new Set([dependent]));
  }

  #unlink(owner: string, dependent: string): void {
    const dependents = this.#dependents.get(owner);
    if (dependents?.delete(dependent) && dependents.size === 0) this.#dependents.delete(owner);
  }
}

function blocks(dependent: GraphObject, owner: string): boolean {
  return (dependent.metadata.ownerReferences ?? []).some(
    (reference) => reference.uid === owner && reference.blockOwnerDeletion === true,
  );
}
