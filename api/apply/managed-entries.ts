import type { ManagedFieldsEntry } from '../schema/generated/meta-v1.ts';
import { jsonEqual } from '../meta/equality.ts';
import { isEmptySet, parseFieldSet, sorted, union, type FieldSet } from './field-set.ts';
import { goScalar } from './path-element.ts';

/** What one manager owns through one operation. Its set is `entry.fieldsV1` itself until it changes. */
export interface Managed {
  /** Tells entries apart and orders them where upstream does by it. */
  readonly id: string;
  readonly entry: ManagedFieldsEntry;
  readonly set: FieldSet;
  readonly time: string | undefined;
}

/** Entries by id; a later one with the same id has replaced an earlier one. */
export type ManagedById = Map<string, Managed>;

type Identity = Pick<ManagedFieldsEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

/** Appliers keep their id across versions of the API, which their latest apply tells. */
export function managedId({ manager, operation, apiVersion, subresource }: Identity): string {
  const fields = [
    manager ? `"manager":${goScalar(manager)}` : '',
    `"operation":"${operation}"`,
    operation === 'Apply' || !apiVersion ? '' : `"apiVersion":${goScalar(apiVersion)}`,
    subresource ? `"subresource":${goScalar(subresource)}` : '',
  ];
  return `{${fields.filter(Boolean).join(',')}}`;
}

/**
 * Takes only its four fields of `identity`, so a whole entry may be given. The entry gets its time and its fields from
 * `writeEntries`; `time` is as the API writes it, undefined where there is none.
 */
export function newManaged(identity: Identity, set: FieldSet, time: string | undefined): Managed {
  const { manager, operation, apiVersion, subresource } = identity;
  const entry = { manager, operation, apiVersion, ...(subresource ? { subresource } : {}) } as ManagedFieldsEntry;
  return { id: managedId(identity), entry, set, time };
}

/**
 * Entries of a stored object, whose sets are taken as they stand.
 *
 * @throws Error with upstream's words where one is invalid
 */
export function readEntries(entries: readonly ManagedFieldsEntry[] | undefined): ManagedById {
  return toManaged(entries, (fields) => fields as unknown as FieldSet);
}

/**
 * Entries that a client sent, with their sets brought into canonical form.
 *
 * @throws Error with upstream's words where one is invalid
 */
export function parseEntries(entries: readonly ManagedFieldsEntry[]): ManagedById {
  return toManaged(entries, parseFieldSet);
}

function toManaged(
  entries: readonly ManagedFieldsEntry[] | undefined,
  read: (fields: object) => FieldSet,
): ManagedById {
  const managed: ManagedById = new Map();
  entries?.forEach((entry, i) => {
    if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      throw new Error('operation must be `Apply` or `Update`');
    }
    if (!entry.apiVersion) throw new Error('apiVersion must not be empty');
    if (!entry.fieldsType) throw new Error(`missing fieldsType in managed fields entry ${i}`);
    if (entry.fieldsType !== 'FieldsV1') {
      throw new Error(`invalid fieldsType ${JSON.stringify(entry.fieldsType)} in managed fields entry ${i}`);
    }
    const id = managedId(entry);
    managed.set(id, { id, entry, set: read(entry.fieldsV1 ?? {}), time: entry.time });
  });
  return managed;
}

/** `[]` or `[{}]`: the client wants all of it forgotten. */
export function isReset(entries: readonly ManagedFieldsEntry[] | null | undefined): boolean {
  if (!entries) return false;
  return entries.length === 0 || (entries.length === 1 && jsonEqual(entries[0], {}));
}

/** As they stand in the object, in upstream's order; undefined where there are none. Unchanged entries stay the same objects. */
export function writeEntries(managed: ManagedById): ManagedFieldsEntry[] | undefined {
  if (managed.size === 0) return undefined;
  return [...managed.values()].map(writeEntry).sort(compareEntries);
}

function writeEntry({ entry, set, time }: Managed): ManagedFieldsEntry {
  if (entry.fieldsV1 === (set as object) && entry.time === time) return entry;
  const fieldsV1 = entry.fieldsV1 === (set as object) ? set : sorted(set);
  return {
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: fieldsV1 as NonNullable<ManagedFieldsEntry['fieldsV1']>,
    ...(entry.subresource ? { subresource: entry.subresource } : {}),
  };
}

function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    compareText(a.operation, b.operation) ||
    secondsOf(a.time) - secondsOf(b.time) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

const compareText = (a = '', b = ''): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whole seconds; an entry without a time sorts as the epoch. */
const secondsOf = (time: string | undefined): number => (time ? Math.floor(Date.parse(time) / 1000) : 0);

/** `DefaultMaxUpdateManagers` of upstream. */
const maxUpdateManagers = 10;

/** Joins the oldest entries of updates, a version of the API at a time, until no more than ten remain. Changes the map. */
export function capUpdateManagers(managed: ManagedById): void {
  if (managed.size <= maxUpdateManagers) return;
  const updaters = [...managed.values()].filter(({ entry }) => entry.operation === 'Update');
  if (updaters.length <= maxUpdateManagers) return;
  updaters.sort((a, b) => secondsOf(a.time) - secondsOf(b.time) || compareText(a.id, b.id));
  let count = updaters.length;
  const firstByVersion = new Map<string, string>();
  for (const { id, entry, time } of updaters) {
    if (count <= maxUpdateManagers) return;
    const apiVersion = entry.apiVersion!;
    const first = firstByVersion.get(apiVersion);
    if (first === undefined) {
      firstByVersion.set(apiVersion, id);
      continue;
    }
    const identity = { manager: 'ancient-changes', operation: 'Update', apiVersion } as const;
    const bucketId = managedId(identity);
    const bucket = managed.get(bucketId) ?? managed.get(first)!;
    if (!managed.has(bucketId)) managed.delete(first);
    const set = union(managed.get(id)!.set, bucket.set);
    managed.delete(id);
    managed.set(bucketId, newManaged(identity, set, time));
    count--;
  }
}

/** Takes fields away from an entry, or the entry where none remain. */
export function setFields(managed: ManagedById, of: Managed, set: FieldSet): void {
  if (isEmptySet(set)) managed.delete(of.id);
  else if (set !== of.set) managed.set(of.id, { ...of, set });
}
