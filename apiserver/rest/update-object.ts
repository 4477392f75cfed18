import { keepTimesIfUnchanged } from '../../api/apply/keep-times.ts';
import { cloneJson } from '../../api/meta/clone-json.ts';
import { apiVersionOf, type ResourceRow } from '../../api/resources/define-resource.ts';
import { ApiError, conflict, hasReason, invalid, modified } from '../../api/meta/errors.ts';
import { invalidValue } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { admit, validateAdmission } from './admit.ts';
import { createManaged, leaseSecondsOf, toStored } from './create.ts';
import { dedupOwnerReferences } from './dedup-owner-references.ts';
import { isReadyToGo } from './deletion-state.ts';
import type { StoredObject } from './object-store.ts';
import { storedRow } from './resource-index.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { hookOf, type Reservation } from './storage-hooks.ts';
import type { UpdateStrategy } from './update-strategy.ts';
import { validateObjectMetaUpdate } from './validate-object-meta.ts';
import { writeContextOf } from './write-context.ts';
import type { WriteOptions } from './write-options.ts';

export interface UpdatePlan {
  readonly strategy: UpdateStrategy;
  readonly options: WriteOptions;
  /**
   * The object as the client wants it, defaults filled in and managedFields brought up to date, in the version asked for.
   * `current` is undefined where there is none: throw NotFound, or answer what to create.
   */
  propose(current: AnyObject | undefined): Promise<AnyObject> | AnyObject;
}

export interface UpdateResult extends StoredObject {
  readonly created: boolean;
}

/** The life of every write to an object that may be there: PUT, PATCH, apply and the subresources that are views of it. */
export async function updateObject(deps: RestDeps, request: RestRequest, plan: UpdatePlan): Promise<UpdateResult> {
  for (let believesAbsence = true; ; believesAbsence = false) {
    let missing: AnyObject | undefined;
    const result = await updateExisting(deps, request, {
      ...plan,
      believesAbsence,
      propose: async (current) => {
        const proposed = await plan.propose(current);
        if (!current) missing = proposed;
        return proposed;
      },
    });
    if (result) return result;
    try {
      const created = await createManaged(deps, request, checkNew(request, missing!), plan.options);
      return { ...created, created: true };
    } catch (error) {
      // Somebody else was faster: now it is an update.
      if (!hasReason(error, 'AlreadyExists')) throw error;
    }
  }
}

/** Undefined where there is nothing to update. */
async function updateExisting(
  deps: RestDeps,
  request: RestRequest,
  plan: UpdatePlan & { readonly believesAbsence: boolean },
): Promise<UpdateResult | undefined> {
  const { row } = request;
  const hook = hookOf(deps.hooks, row);
  const warningsBefore = request.warnings.length;
  const { dryRun } = plan.options;
  let reservation: Reservation | undefined;
  let lastRevision = 0;
  try {
    const outcome = await deps.objects.update(
      storedRow(row),
      request,
      async (current) => {
        request.warnings.length = warningsBefore;
        await reservation?.undo();
        reservation = undefined;
        if (!current) {
          await plan.propose(undefined);
          return { kind: 'keep' };
        }
        const old = fromStored(row, current);
        lastRevision = Number(old.metadata.resourceVersion);
        const next = await nextObject(deps, request, plan, old);
        reservation = await hook?.beforeUpdate?.(next, old, { dryRun });
        await checkUpdate(deps, request, plan, next, old);
        keepTimesIfUnchanged(next, old);
        const object = toStored(row, next);
        return isReadyToGo(row, next)
          ? { kind: 'delete', object }
          : { kind: 'put', object, leaseSeconds: leaseSecondsOf(deps, row) };
      },
      { dryRun, signal: request.http.signal, believesAbsence: plan.believesAbsence },
    );
    if (!outcome) return undefined;
    await reservation?.finish();
    if (outcome.deleted && !dryRun)
      await hook?.afterDelete?.(deps.objects.parse({ value: outcome.value, modRevision: outcome.revision }));
    // What an update removes is answered as it last was, not as of its removal.
    return outcome.deleted ? { ...outcome, revision: lastRevision } : outcome;
  } catch (error) {
    // A write of which nobody knows whether it took place keeps what it reserved; the repair finds out.
    if (error instanceof ApiError) await reservation?.undo();
    throw error;
  }
}

/** The object in the version of the row; the argument's owner may change what comes back. */
export function fromStored(row: ResourceRow, stored: AnyObject): AnyObject {
  if (!row.storedAs) return stored;
  return { ...(row.storedAs.fromStored(stored) as AnyObject), kind: row.kind, apiVersion: apiVersionOf(row) };
}

async function nextObject(deps: RestDeps, request: RestRequest, plan: UpdatePlan, old: AnyObject): Promise<AnyObject> {
  const { row } = request;
  const next = await plan.propose(cloneJson(old));
  const meta = next.metadata;
  await admit(deps, request, {
    operation: 'UPDATE',
    object: next,
    oldObject: old,
    dryRun: plan.options.dryRun,
    options: plan.options.options,
  });
  dedupOwnerReferences(request, next, 'after mutating admission happens');
  const { resourceVersion } = old.metadata;
  if (meta.resourceVersion && !/^\d+$/.test(meta.resourceVersion))
    throw new ApiError(
      'Unknown',
      `strconv.ParseUint: parsing ${JSON.stringify(meta.resourceVersion)}: invalid syntax`,
      {
        code: 500,
      },
    );
  if (!meta.resourceVersion || meta.resourceVersion === '0') {
    if (row.allowUnconditionalUpdate === false)
      throw invalid({ group: row.group, kind: row.plural }, request.name, [
        invalidValue('metadata.resourceVersion', 0, 'must be specified for an update'),
      ]);
    meta.resourceVersion = resourceVersion;
  } else if (meta.resourceVersion !== resourceVersion) throw modified(row, request.name);
  if (row.scope === 'Cluster') delete meta.namespace;
  meta.generation = old.metadata.generation;
  plan.strategy.prepare(next, old, writeContextOf(deps, request));
  meta.uid ||= old.metadata.uid;
  meta.creationTimestamp = old.metadata.creationTimestamp;
  if (old.metadata.deletionTimestamp) meta.deletionTimestamp = old.metadata.deletionTimestamp;
  if (old.metadata.deletionGracePeriodSeconds !== undefined)
    meta.deletionGracePeriodSeconds ??= old.metadata.deletionGracePeriodSeconds;
  return next;
}

async function checkUpdate(
  deps: RestDeps,
  request: RestRequest,
  plan: UpdatePlan,
  next: AnyObject,
  old: AnyObject,
): Promise<void> {
  const { row } = request;
  const errors = [...validateObjectMetaUpdate(row, next, old), ...plan.strategy.validate(next, old)];
  if (errors.length) throw invalid(storedRow(row), request.name, errors);
  // A status is a component's, which could do nothing about the warnings of what its object's owner wrote.
  const isStatus = plan.strategy.subresource === 'status';
  request.warnings.push(...((isStatus ? row.statusWarnings?.(next) : row.warnings?.(next, old)) ?? []));
  await validateAdmission(deps, request, {
    operation: 'UPDATE',
    object: next,
    oldObject: old,
    dryRun: plan.options.dryRun,
    options: plan.options.options,
  });
}

/** What is to be created must not claim to be something that was there. */
function checkNew(request: RestRequest, object: AnyObject): AnyObject {
  const { uid, resourceVersion } = object.metadata;
  if (uid)
    throw conflict(
      request.row,
      request.name,
      `StorageError: invalid object, Code: 4, Key: , ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: `,
    );
  if (resourceVersion) throw modified(request.row, request.name);
  return object;
}
