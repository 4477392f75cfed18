import { conflict, notFound } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { DeleteOptions } from '../../api/schema/generated/meta-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import { admit, validateAdmission } from './admit.ts';
import { hasSpecFinalizers } from './deletion-state.ts';
import type { NextState, UpdateOutcome, WriteSettings } from './object-store.ts';
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
  const settings = { dryRun, signal: request.http.signal };
  let isMarkedToGo = false;
  let outcome = await deps.objects.update(
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
      const next = nextState(row, current, options, deps.clock.now());
      isMarkedToGo = next.kind === 'put' && next.isFinal === true;
      return next;
    },
    settings,
  );
  if (isMarkedToGo && dryRun) outcome = { ...outcome!, deleted: true };
  else if (isMarkedToGo) {
    // Watchers see the last mark before the object goes, as upstream's do.
    outcome = (await deps.objects.remove(storedRow(row), at, outcome!, settings.signal)) ??
      (await removeMarked(deps, row, at, outcome!, settings)) ?? { ...outcome!, deleted: true };
  }
  if (outcome!.deleted && !dryRun)
    await hookOf(deps.hooks, row)?.afterDelete?.(
      deps.objects.parse({ value: outcome!.value, modRevision: outcome!.revision }),
    );
  return outcome!;
}

/** As somebody else has written it since; undefined where it is gone. */
function removeMarked(
  { objects }: RestDeps,
  row: ResourceRow,
  at: ObjectAddress,
  marked: UpdateOutcome,
  settings: WriteSettings,
): Promise<UpdateOutcome | undefined> {
  const { uid } = objects.parse({ value: marked.value, modRevision: marked.revision }).metadata;
  return objects.update(
    storedRow(row),
    at,
    (current) => (current?.metadata.uid === uid ? { kind: 'delete' } : { kind: 'keep' }),
    settings,
  );
}

function checkPreconditions(row: ResourceRow, at: ObjectAddress, current: AnyObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  if (row.subresources['finalize'] !== undefined) return checkOwnPreconditions(row, at, current, options);
  const subject = { group: storedRow(row).group, plural: row.kind };
  if (uid !== undefined && uid !== current.metadata.uid)
    throw conflict(
      subject,
      at.name,
      `the UID in the precondition (${uid}) does not match the UID in record (${current.metadata.uid}). The object might have been deleted and then recreated`,
    );
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion)
    throw conflict(
      subject,
      at.name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${current.metadata.resourceVersion}). The object might have been modified`,
    );
}

/** Namespaces are deleted by a way of their own, with words of its own. */
function checkOwnPreconditions(row: ResourceRow, at: ObjectAddress, current: AnyObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const failed = (what: string, wanted: string, found: string | undefined): Error =>
    conflict(row, at.name, `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`);
  if (uid !== undefined && uid !== current.metadata.uid) throw failed('UID', uid, current.metadata.uid);
  if (resourceVersion !== undefined && resourceVersion !== current.metadata.resourceVersion)
    throw failed('ResourceVersion', resourceVersion, current.metadata.resourceVersion);
}

/** `isFinal`: nothing holds the object once this is written. */
type DeletionState = NextState & { readonly isFinal?: boolean };

function nextState(row: ResourceRow, object: AnyObject, options: DeleteOptions, nowMs: number): DeletionState {
  if (row.subresources['finalize'] !== undefined) return nextOfFinalized(row, object, options, nowMs);
  const { metadata } = object;
  const grace = graceOf(row, object, options);
  if (grace.kind === 'pending') return { kind: 'keep' };
  const changesFinalizers = updateDeletionFinalizers(row, object, options);
  const isHeld = !!metadata.finalizers?.length;
  if (grace.kind === 'graceful') {
    const isFirst = !metadata.deletionTimestamp;
    const startMs = isFirst
      ? nowMs
      : Date.parse(metadata.deletionTimestamp!) - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    metadata.deletionTimestamp = formatTime(startMs + grace.seconds * 1000);
    metadata.deletionGracePeriodSeconds = grace.seconds;
    if (isFirst && metadata.generation) metadata.generation++;
    return { kind: 'put', object, isFinal: grace.seconds === 0 && !isHeld };
  }
  if (!isHeld) return changesFinalizers ? { kind: 'delete', object } : { kind: 'delete' };
  const isMarked = !!metadata.deletionTimestamp && Date.parse(metadata.deletionTimestamp) <= nowMs;
  if (isMarked && metadata.deletionGracePeriodSeconds === 0 && !changesFinalizers) return { kind: 'keep' };
  mark(object, nowMs);
  metadata.deletionGracePeriodSeconds = 0;
  return { kind: 'put', object };
}

function mark({ metadata }: AnyObject, nowMs: number): void {
  if (!metadata.deletionTimestamp && metadata.generation) metadata.generation++;
  if (!metadata.deletionTimestamp || Date.parse(metadata.deletionTimestamp) > nowMs)
    metadata.deletionTimestamp = formatTime(nowMs);
}

/** What holds others (a namespace) is first marked, always; it goes when a second delete finds nothing that holds it. */
function nextOfFinalized(row: ResourceRow, object: AnyObject, options: DeleteOptions, nowMs: number): DeletionState {
  const { metadata } = object;
  if (!metadata.deletionTimestamp) {
    metadata.deletionTimestamp = formatTime(nowMs);
    object['status'] = { ...(object['status'] as object), phase: 'Terminating' };
    updateDeletionFinalizers(row, object, options);
    return { kind: 'put', object };
  }
  return hasSpecFinalizers(row, object) || metadata.finalizers?.length ? { kind: 'keep' } : { kind: 'delete', object };
}

type Grace =
  { readonly kind: 'none' } | { readonly kind: 'pending' } | { readonly kind: 'graceful'; readonly seconds: number };

function graceOf(row: ResourceRow, object: AnyObject, options: DeleteOptions): Grace {
  if (!row.gracePeriodSeconds) return { kind: 'none' };
  const { deletionTimestamp, deletionGracePeriodSeconds: given } = object.metadata;
  // Less than nothing means at once, after one last second.
  const asked = options.gracePeriodSeconds === undefined ? undefined : atLeastOne(options.gracePeriodSeconds);
  if (deletionTimestamp) {
    if (given === undefined) return { kind: 'none' };
    // Only ever sooner.
    return asked === undefined || asked >= given ? { kind: 'pending' } : { kind: 'graceful', seconds: asked };
  }
  const usual = row.gracePeriodSeconds(object);
  return { kind: 'graceful', seconds: usual === 0 ? 0 : atLeastOne(asked ?? usual) };
}

function atLeastOne(seconds: number): number {
  return seconds < 0 ? 1 : seconds;
}

/** `propagationPolicy` says which of the garbage collector's finalizers the object gets and loses. True where any changed. */
function updateDeletionFinalizers(row: ResourceRow, { metadata }: AnyObject, options: DeleteOptions): boolean {
  const had = metadata.finalizers ?? [];
  const policy = policyOf(row, had, options);
  const finalizers = had.filter((name) => name !== orphanFinalizer && name !== foregroundFinalizer);
  if (policy === 'Orphan') finalizers.push(orphanFinalizer);
  if (policy === 'Foreground') finalizers.push(foregroundFinalizer);
  if (had.length === finalizers.length && had.every((name) => finalizers.includes(name))) return false;
  if (finalizers.length) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  return true;
}

function policyOf(row: ResourceRow, finalizers: readonly string[], options: DeleteOptions): string {
  if (row.defaultPropagation === 'Unsupported') return 'Background';
  if (options.orphanDependents !== undefined) return options.orphanDependents ? 'Orphan' : 'Background';
  if (options.propagationPolicy) return options.propagationPolicy;
  if (finalizers.includes(orphanFinalizer)) return 'Orphan';
  if (finalizers.includes(foregroundFinalizer)) return 'Foreground';
  return row.defaultPropagation ?? 'Background';
}
