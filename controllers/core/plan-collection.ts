import { foregroundFinalizer, isBeingDeleted, orphanFinalizer, waitsForDependents } from './owner-graph.ts';
import type { GraphObject, Owner } from './owner-graph.ts';

/** How it stands with one owner: there, there but waiting for its dependents to go, or gone (or never possible). */
export type OwnerState = 'solid' | 'waiting' | 'gone';

/** What is to be done with an object. */
export type CollectionPlan =
  | { readonly kind: 'keep' }
  /** Some owners are left: the references to the others go. */
  | { readonly kind: 'dropOwners'; readonly ownerReferences: readonly Owner[] }
  | {
      readonly kind: 'delete';
      readonly propagationPolicy: 'Background' | 'Foreground' | 'Orphan';
      /** The object and a dependent of it wait for each other: its own references must stop to block first. */
      readonly unblockOwners: boolean;
    };

const keep: CollectionPlan = { kind: 'keep' };

/**
 * The fate of an object with owners, as upstream's garbage collector decides: it lives while one owner is solid; with
 * none it goes, in the foreground where an owner waits for it and it has dependents itself.
 */
export function planCollection(
  object: GraphObject,
  stateOf: (owner: Owner) => OwnerState,
  dependents: readonly GraphObject[],
): CollectionPlan {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0 || isBeingDeleted(object)) return keep;
  const solid = owners.filter((owner) => stateOf(owner) === 'solid');
  if (solid.length > 0) return solid.length === owners.length ? keep : { kind: 'dropOwners', ownerReferences: solid };
  if (owners.some((owner) => stateOf(owner) === 'waiting') && dependents.length > 0)
    return {
      kind: 'delete',
      propagationPolicy: 'Foreground',
      unblockOwners: dependents.some(waitsForDependents),
    };
  const finalizers = object.metadata.finalizers ?? [];
  const propagationPolicy = finalizers.includes(orphanFinalizer)
    ? 'Orphan'
    : finalizers.includes(foregroundFinalizer)
      ? 'Foreground'
      : 'Background';
  return { kind: 'delete', propagationPolicy, unblockOwners: false };
}
