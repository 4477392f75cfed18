import { formatTime } from '../../component/clock.ts';
import { conflict, notFound } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { DeleteOptions } from '../../api/schema/generated/meta-v1.ts';
import { admit, validateAdmission } from './admit.ts';
import { hasSpecFinalizers } from './deletion-state.ts';
import type { NextState, UpdateOutcome } from './object-store.ts';
import { storedRow } from './resource-index.ts';
import type { RestDeps } from './rest-deps.ts';
import type { ObjectAddress, RestRequest } from './rest-request.ts';
import { hookOf } from './storage-hooks.ts';

const orphanFinalizer = 'orphan';
const foregroundFinalizer = 'foregroundDeletion';

/**
 * Deletes one object as far as it can be: at once, or by marking it where finalizers or a grace period hold it.
 *
 * @throws ApiError NotFound, Conflict where a precondition fails, or what admission throws
 */
export async function deleteObject(
  deps: RestDeps,
  request: RestRequest,
  at: ObjectAddress,
  options: DeleteOptions,
): Promise<UpdateOutcome> {
  const { row } = request;
  const dryRun = !!options.dryRun?.length;
  const outcome = await deps.objects.update(
    storedRow(row),
    at,
    async (current) => {
      if (!current) throw notFound(row, at.name);
      checkPreconditions(row, at, current, options);
      const subject = {
        operation: 'DELETE',
        oldObject: current,
        dryRun,
        options: options as Record<string, unknown>,
        name: at.name,
      } as const;
      await admit(deps, request, subject);
      await validateAdmission(deps, request, subject);
      return markOrDelete(deps, row, current, options);
    },
    { dryRun, signal: request.http.signal },
  );
  if (outcome!.deleted && !dryRun)
    await hookOf(deps.hooks, row)?.afterDelete?.(
      deps.objects.parse({ value: outcome!.value, modRevision: outcome!.revision }),
    );
  return outcome!;
}

function checkPreconditions(row: ResourceRow, at: ObjectAddress, current: AnyObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  if (uid !== undefined && uid !== current.metadata.uid)
    throw conflict(
      row,
      at.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${current.metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion)
    throw conflict(
      row,
      at.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${current.metadata.resourceVersion}). The object might have been modified`,
    );
}

function markOrDelete(deps: RestDeps, row: ResourceRow, object: AnyObject, options: DeleteOptions): NextState {
  const { metadata } = object;
  const graceSeconds = graceSecondsOf(row, object, options);
  const before = JSON.stringify(metadata);
  updateDeletionFinalizers(object, options);
  const isHeld = !!metadata.finalizers?.length || hasSpecFinalizers(row, object);
  const wasTerminating = !!metadata.deletionTimestamp;
  if (graceSeconds > 0 || isHeld) {
    const nowMs = deps.clock.now();
    if (!wasTerminating) {
      metadata.deletionTimestamp = formatTime(nowMs + graceSeconds * 1000);
      metadata.deletionGracePeriodSeconds = graceSeconds;
      if (metadata.generation) metadata.generation++;
      if (row.subresources['finalize']) object['status'] = { ...(object['status'] as object), phase: 'Terminating' };
    } else if (graceSeconds < (metadata.deletionGracePeriodSeconds ?? 0)) {
      // Only ever sooner: the start of the deletion was a grace period before its timestamp.
      const startMs = Date.parse(metadata.deletionTimestamp!) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
      metadata.deletionTimestamp = formatTime(startMs + graceSeconds * 1000);
      metadata.deletionGracePeriodSeconds = graceSeconds;
    }
    return JSON.stringify(metadata) === before ? { kind: 'keep' } : { kind: 'put', object };
  }
  return { kind: 'delete', object };
}

function graceSecondsOf(row: ResourceRow, object: AnyObject, options: DeleteOptions): number {
  if (!row.gracePeriodSeconds) return 0;
  const asked = options.gracePeriodSeconds;
  const usual = row.gracePeriodSeconds(object);
  return Math.max(0, usual === 0 ? 0 : (asked ?? usual));
}

/** `propagationPolicy` says which of the garbage collector's finalizers the object gets and loses. */
function updateDeletionFinalizers({ metadata }: AnyObject, options: DeleteOptions): void {
  const had = metadata.finalizers ?? [];
  const policy = policyOf(had, options);
  const finalizers = had.filter((name) => name !== orphanFinalizer && name !== foregroundFinalizer);
  if (policy === 'Orphan') finalizers.push(orphanFinalizer);
  if (policy === 'Foreground') finalizers.push(foregroundFinalizer);
  if (had.length === finalizers.length && had.every((name) => finalizers.includes(name))) return;
  if (finalizers.length) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
}

function policyOf(finalizers: readonly string[], options: DeleteOptions): string {
  if (options.propagationPolicy) return options.propagationPolicy;
  if (options.orphanDependents !== undefined) return options.orphanDependents ? 'Orphan' : 'Background';
  if (finalizers.includes(orphanFinalizer)) return 'Orphan';
  return finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background';
}
