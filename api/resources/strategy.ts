import type { ObjectMeta } from '../schema/generated/meta-v1.ts';

interface WithStatus {
  metadata: ObjectMeta;
  spec?: unknown;
  status?: unknown;
}

/** An update of the object itself leaves its status as it was. */
export function keepStatus(next: WithStatus, old: WithStatus): void {
  keepField(next, old, 'status');
}

/** An update of the status leaves the rest as it was, but for the metadata that kinds let through. */
export function keepSpec(next: WithStatus, old: WithStatus): void {
  keepField(next, old, 'spec');
}

/** As keepSpec, for kinds whose status is written by others than may write labels, owners or finalizers. */
export function keepSpecAndMetadata(next: WithStatus, old: WithStatus): void {
  keepSpec(next, old);
  keepMetadata(next.metadata, old.metadata);
}

/** What upstream's `metav1.ResetObjectMetaForStatus` keeps. */
function keepMetadata(next: ObjectMeta, old: ObjectMeta): void {
  keepField(next, old, 'deletionTimestamp');
  keepField(next, old, 'generation');
  keepField(next, old, 'labels');
  keepField(next, old, 'annotations');
  keepField(next, old, 'finalizers');
  keepField(next, old, 'ownerReferences');
}

/** Gives `next` the field of `old`, or none where `old` has none. */
export function keepField<T extends object, K extends keyof T>(next: T, old: T, field: K): void {
  if (old[field] === undefined) delete next[field];
  else next[field] = old[field];
}

/** As nullTimes, for each condition of a status. */
export function nullConditionTimes<C extends object>(
  status: { readonly conditions?: readonly C[] | null } | undefined,
  ...fields: (keyof C)[]
): void {
  for (const condition of status?.conditions ?? []) nullTimes(condition, ...fields);
}

/** Times that upstream writes as null where there is none, since their Go type cannot be left out. */
export function nullTimes<T extends object>(object: T, ...fields: (keyof T)[]): void {
  for (const field of fields) (object as Record<keyof T, unknown>)[field] ??= null;
}

/** Lists that upstream writes as null where there is nothing in them, for a type that has no other way. */
export function nullEmptyLists<T extends object>(object: T | undefined, ...fields: (keyof T)[]): void {
  if (!object) return;
  for (const field of fields) {
    const list = object[field] as readonly unknown[] | null | undefined;
    if (!list?.length) (object as Record<keyof T, unknown>)[field] = null;
  }
}
