import { ApiError, badRequest } from '../meta/errors.ts';
import type { AnyObject } from '../meta/object.ts';
import { ApplyConflict, type ManagerConflict } from './apply-conflict.ts';
import { jsonEqual } from '../meta/equality.ts';
import { difference, emptySet, intersection, isEmptySet, union, type FieldSet } from './field-set.ts';
import { managedId, newManaged, setFields, type ManagedById } from './managed-entries.ts';
import { mergeConfiguration } from './merge.ts';
import { prune } from './prune.ts';
import { toFieldSet } from './to-field-set.ts';
import { trackUpdate } from './track-update.ts';
import type { FieldFilter } from './field-limits.ts';
import { strippedFields, type TrackedType } from './tracked-type.ts';
import { VersionComparison, type InVersion } from './version-comparison.ts';
import { validateConfiguration } from './validate-typed.ts';
import { isJsonObject, type JsonObject } from '../meta/json-object.ts';

export interface ApplyConfiguration {
  readonly apiVersion: string;
  readonly live: AnyObject | undefined;
  readonly applied: AnyObject;
  readonly manager: string;
  readonly subresource: string;
  readonly force: boolean;
  readonly now: string;
  readonly filter: FieldFilter;
  readonly inVersion?: InVersion;
}

/**
 * Merges a configuration into the live object and brings the entries up to date; changes the map. The object that comes
 * back may share parts with both arguments.
 *
 * @throws ApplyConflict; ApiError where the configuration does not fit its type
 */
export function applyConfiguration(type: TrackedType, managed: ManagedById, input: ApplyConfiguration): JsonObject {
  const { apiVersion, applied, subresource, filter } = input;
  const { node } = type;
  const live: JsonObject = input.live ?? {};
  if (managed.size === 0 && input.live) {
    // Whatever came before the first apply is owned by one manager of this name.
    const manager = 'before-first-apply';
    trackUpdate(type, managed, { ...input, live: undefined, next: input.live, manager });
  }
  checkConfiguration(type, applied);
  let merged = mergeConfiguration(node, live, applied);
  const identity = { manager: input.manager, operation: 'Apply', apiVersion, subresource } as const;
  const id = managedId(identity);
  const previous = managed.get(id);
  const set = filter(toFieldSet(node, applied));
  managed.set(id, newManaged(identity, set, previous?.time));
  const isLastKnown = previous && type.isKnownVersion(previous.entry.apiVersion);
  merged = prune(node, merged, { last: isLastKnown ? previous.set : undefined, owned: ownedByAll(type, managed) });
  const comparison = new VersionComparison({ ...input, type, next: merged as AnyObject });
  takeFromOthers(managed, { id, comparison, force: input.force });
  const own = difference(set, strippedFields);
  if (isEmptySet(own)) managed.delete(id);
  else {
    const isNoop = input.live !== undefined && jsonEqual(live, merged);
    const time = isNoop ? previous?.time : input.now;
    const isSame = previous?.entry.apiVersion === apiVersion && jsonEqual(previous.set, own);
    managed.set(id, isSame ? { ...previous, time } : newManaged(identity, own, time));
  }
  return merged;
}

function ownedByAll(type: TrackedType, managed: ManagedById): FieldSet {
  let owned = emptySet;
  for (const { entry, set } of managed.values()) {
    if (type.isKnownVersion(entry.apiVersion)) owned = union(owned, set);
  }
  return owned;
}

function takeFromOthers(
  managed: ManagedById,
  { id, comparison, force }: { readonly id: string; readonly comparison: VersionComparison; readonly force: boolean },
): void {
  const conflicts: ManagerConflict[] = [];
  for (const owner of managed.values()) {
    if (owner.id === id) continue;
    const found = comparison.in(owner.entry.apiVersion);
    if (!found) {
      managed.delete(owner.id);
      continue;
    }
    const fields = intersection(owner.set, found.changed);
    if (!isEmptySet(fields)) conflicts.push({ owner, fields });
    setFields(managed, owner, difference(difference(owner.set, fields), found.removed));
  }
  if (!force && conflicts.length > 0) throw new ApplyConflict(conflicts);
}

/** What a client sent may lack metadata, whatever its type says. */
function checkConfiguration(type: TrackedType, applied: Partial<AnyObject>): void {
  if (holdsEntries(applied.metadata?.managedFields)) throw badRequest('metadata.managedFields must be nil');
  const complaint = validateConfiguration(type.node, applied);
  if (complaint === undefined) return;
  const what = `${describeName(applied)}; ${describeKind(applied)}`;
  throw new ApiError('Unknown', `failed to create typed patch object (${what}): ${complaint}`, { code: 500 });
}

/** A list of anything else is no list of entries, and is left to the schema. */
const holdsEntries = (managedFields: unknown): boolean =>
  Array.isArray(managedFields) && managedFields.every(isJsonObject);

const textOrNothing = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `default/web`, and `/web` where no namespace is said. */
export function describeName({ metadata }: { readonly metadata?: unknown }): string {
  const { namespace, name } = isJsonObject(metadata) ? metadata : {};
  return `${textOrNothing(namespace)}/${textOrNothing(name)}`;
}

/** `apps/v1, Kind=Deployment`, and `/v1, Kind=Pod` in the core group. */
export function describeKind(object: { readonly apiVersion?: unknown; readonly kind?: unknown }): string {
  const apiVersion = textOrNothing(object.apiVersion);
  const slashes = apiVersion.split('/').length - 1;
  if (slashes > 1) return '/, Kind=';
  return `${slashes === 1 ? apiVersion : `/${apiVersion}`}, Kind=${textOrNothing(object.kind)}`;
}
