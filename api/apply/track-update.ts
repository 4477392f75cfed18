import type { AnyObject } from '../meta/object.ts';
import { difference, isEmptySet, union } from './field-set.ts';
import { capUpdateManagers, managedId, newManaged, setFields, type ManagedById } from './managed-entries.ts';
import type { FieldFilter } from './field-limits.ts';
import { strippedFields, type TrackedType } from './tracked-type.ts';
import { VersionComparison, type InVersion } from './version-comparison.ts';

export interface TrackUpdate {
  readonly apiVersion: string;
  /** Absent on create. */
  readonly live: AnyObject | undefined;
  readonly next: AnyObject;
  readonly manager: string;
  readonly subresource: string;
  /** What stands in entries as their time. */
  readonly now: string;
  readonly filter: FieldFilter;
  readonly inVersion?: InVersion;
}

/**
 * Brings entries up to date with an update: its manager owns what it changed, and nobody owns what is gone. An entry's
 * time moves only when it took something. Changes the map.
 *
 * @throws ItemError where an item of a granular list has no key
 */
export function trackUpdate(type: TrackedType, managed: ManagedById, update: TrackUpdate): void {
  const { apiVersion, subresource, now } = update;
  const comparison = new VersionComparison({ ...update, type });
  const identity = { manager: update.manager || 'unknown', operation: 'Update', apiVersion, subresource } as const;
  const id = managedId(identity);
  for (const entry of managed.values()) {
    if (entry.id === id) continue;
    const found = comparison.in(entry.entry.apiVersion);
    if (!found) managed.delete(entry.id);
    else setFields(managed, entry, difference(difference(entry.set, found.changed), found.removed));
  }
  const { changed, removed } = comparison.own;
  const previous = managed.get(id);
  const taken = difference(changed, strippedFields);
  const kept = previous && difference(previous.set, removed);
  if (!previous || !kept) {
    if (!isEmptySet(taken)) managed.set(id, newManaged(identity, taken, now));
  } else if (isEmptySet(taken)) setFields(managed, previous, kept);
  else managed.set(id, { ...previous, set: union(kept, taken), time: now });
  capUpdateManagers(managed);
}
