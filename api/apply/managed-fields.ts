import { cloneJson } from '../meta/clone-json.ts';
import { ApiError, badRequest } from '../meta/errors.ts';
import type { AnyObject } from '../meta/object.ts';
import { formatTime } from '../meta/time.ts';
import type { ManagedFieldsEntry } from '../schema/generated/meta-v1.ts';
import type { SchemaTable } from '../schema/schema-table.ts';
import { applyConfiguration, describeKind } from './apply-configuration.ts';
import { ApplyConflict } from './apply-conflict.ts';
import { jsonEqual } from '../meta/equality.ts';
import { clientSideApplier, fieldsOfLastApplied, updateLastApplied } from './last-applied.ts';
import { isReset, parseEntries, readEntries, writeEntries, type ManagedById } from './managed-entries.ts';
import { trackUpdate } from './track-update.ts';
import { fieldFilters, type FieldLimits, type FieldPath } from './field-limits.ts';
import { trackedTypes, type TrackedType } from './tracked-type.ts';
import { ItemError } from './type-node.ts';
import type { InVersion } from './version-comparison.ts';

export type { InVersion };

/** A path of `resetFields`. */
export type ResetPath = FieldPath;

/** With what the endpoint lets a manager own: see `fieldLimitsOf`. */
interface Operation extends FieldLimits {
  readonly typeName: string;
  /** Of the request: `apps/v1`. */
  readonly apiVersion: string;
  /** As stored, managedFields and all; absent on create. Never changed. */
  readonly live: AnyObject | undefined;
  readonly manager: string;
  /** '' on the main resource. */
  readonly subresource: string;
  readonly nowMs: number;
  /** For kinds whose versions differ in more than name; without it entries of other versions are compared by the names of fields. */
  readonly inVersion?: InVersion;
}

export interface UpdateInput extends Operation {
  /** As the client wants it: decoded and defaulted, before strategy and admission. Changed in place. */
  readonly next: AnyObject;
}

export interface ApplyInput extends Operation {
  /** The configuration as sent, not defaulted, with apiVersion, kind and metadata.name. Never changed. */
  readonly applied: AnyObject;
  readonly force: boolean;
}

export interface FieldManager {
  /**
   * After a create, an update or a patch other than apply: gives back `next` with `metadata.managedFields` brought up to
   * date. The client may have replaced them (`[]` or `[{}]` forgets them all); what is invalid is ignored. Entries that
   * do not change are the very objects of `live`, and so is the list where none does.
   */
  update(input: UpdateInput): AnyObject;
  /**
   * Server-side apply: the live object merged with the configuration, without what its manager no longer applies and
   * nobody else owns, and with its managedFields. A new object, still to be decoded and defaulted: what lost all it held
   * is null.
   *
   * @throws ApiError Conflict where values of others would change and `force` is not set; BadRequest or a plain 500 where
   * the configuration is not of the type, as upstream answers
   */
  apply(input: ApplyInput): AnyObject;
}

/**
 * Tracks who manages which field, after upstream's structured-merge-diff. Types are made ready on first use.
 *
 * @param options.goStructs whether absent structs and required fields of these types count as present, as in upstream's
 * Go types (the default); false for custom resources
 */
export function createFieldManager(table: SchemaTable, options: { readonly goStructs?: boolean } = {}): FieldManager {
  const typeOf = trackedTypes(table, { goStructs: options.goStructs ?? true });
  const filterOf = fieldFilters();

  return {
    update(input) {
      const { live, next } = input;
      const managed = entriesOfUpdate(input);
      // What was never tracked stays so: tracking starts with a create or an apply.
      if (managed.size === 0 && live?.metadata.uid) return withEntries(next, undefined);
      const update = { ...input, now: formatTime(input.nowMs), filter: filterOf(input) };
      try {
        trackUpdate(typeOf(input.typeName), managed, update);
      } catch (error) {
        // A list whose items have no keys cannot be tracked; the write must not fail for it.
        if (!(error instanceof ItemError)) throw error;
        return withEntries(next, live?.metadata.managedFields);
      }
      return withEntries(next, sameIfUnchanged(writeEntries(managed), live?.metadata.managedFields));
    },

    apply(input) {
      const { applied, live } = input;
      const managed = entriesOfLive(live);
      const type = typeOf(input.typeName);
      if (applied.apiVersion !== input.apiVersion || (type.kind !== undefined && applied.kind !== type.kind)) {
        throw badRequest(`invalid object type: ${describeKind(applied)}`);
      }
      const operation = { ...input, now: formatTime(input.nowMs), filter: filterOf(input) };
      const merged = cloneJson(applyTakingOver(type, managed, operation)) as AnyObject;
      // A configuration without metadata is refused by whoever checks names, which is not here.
      merged.metadata ??= {};
      if (input.manager === clientSideApplier) updateLastApplied(merged, applied);
      return withEntries(merged, sameIfUnchanged(writeEntries(managed), live?.metadata.managedFields));
    },
  };
}

/** Applies; where kubectl meets conflicts only over what it set by client-side apply itself, by force. */
function applyTakingOver(
  type: TrackedType,
  managed: ManagedById,
  operation: Parameters<typeof applyConfiguration>[2],
): object {
  if (operation.manager !== clientSideApplier || !operation.live) return applyConfiguration(type, managed, operation);
  const before = new Map(managed);
  try {
    return applyConfiguration(type, managed, operation);
  } catch (error) {
    if (!(error instanceof ApplyConflict)) throw error;
    const own = fieldsOfLastApplied(type.node, operation.live, operation.apiVersion);
    if (!own) throw error;
    const foreign = error.without(own);
    if (foreign) throw foreign;
    managed.clear();
    for (const [id, entry] of before) managed.set(id, entry);
    return applyConfiguration(type, managed, { ...operation, force: true });
  }
}

/** The client's entries where it changed them and they make sense, else those of the live object. */
function entriesOfUpdate({ live, next, subresource }: UpdateInput): ManagedById {
  const sent = next.metadata.managedFields as readonly ManagedFieldsEntry[] | null | undefined;
  const stored = live?.metadata.managedFields;
  if (subresource === '' && sent !== stored) {
    if (isReset(sent)) return new Map();
    if (sent && !jsonEqual(sent, stored)) {
      const parsed = orNone(() => parseEntries(sent));
      if (parsed.size > 0) return parsed;
    }
  }
  return orNone(() => readEntries(stored));
}

function orNone(read: () => ManagedById): ManagedById {
  try {
    return read();
  } catch {
    // Upstream starts afresh from entries it cannot read.
    return new Map();
  }
}

function entriesOfLive(live: AnyObject | undefined): ManagedById {
  try {
    return readEntries(live?.metadata.managedFields);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ApiError('Unknown', `failed to decode managed fields: ${why}`, { code: 500, cause: error });
  }
}

function sameIfUnchanged<T>(now: T[] | undefined, was: T[] | undefined): T[] | undefined {
  return now && was && now.length === was.length && now.every((entry, i) => entry === was[i]) ? was : now;
}

function withEntries(object: AnyObject, entries: ManagedFieldsEntry[] | undefined): AnyObject {
  if (entries) object.metadata.managedFields = entries;
  else delete object.metadata.managedFields;
  return object;
}
