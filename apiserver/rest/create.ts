import { formatTime } from '../../api/meta/time.ts';
import { ApiError, badRequest, hasReason, invalid } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { ownCopy } from '../../api/meta/own-copy.ts';
import { apiVersionOf, type ResourceRow } from '../../api/resources/define-resource.ts';
import type { ApiResponse } from '../request.ts';
import { admit, validateAdmission } from './admit.ts';
import { mustAlsoBeAllowed } from './also-allowed.ts';
import { dedupOwnerReferences } from './dedup-owner-references.ts';
import { validateObjectMeta } from './validate-object-meta.ts';
import type { StoredObject } from './object-store.ts';
import { readObject } from './read-body.ts';
import { storedRow } from './resource-index.ts';
import { negotiateObject, respondStored } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { hookOf } from './storage-hooks.ts';
import { mainStrategy } from './update-strategy.ts';
import { writeContextOf } from './write-context.ts';
import { writeOptionsOf, type WriteOptions } from './write-options.ts';

/** Random names are drawn again this often where one is taken. */
const maxNameAttempts = 8;

/** POST on a collection: 201 with the object as stored. */
export async function handleCreate(deps: RestDeps, request: RestRequest): Promise<ApiResponse> {
  const { row } = request;
  const form = negotiateObject(deps, request);
  const options = writeOptionsOf(request, 'CreateOptions');
  const object = await readObject(deps.codec, request.http, row, {
    fieldValidation: options.fieldValidation,
    warnings: request.warnings,
  });
  const stored = await createObject(deps, request, object, options);
  return respondStored(deps, request, form, stored, 201);
}

/** Creates what was decoded from the wire: the whole life of a create from defaulting on. */
export async function createObject(
  deps: RestDeps,
  request: RestRequest,
  object: AnyObject,
  options: WriteOptions,
): Promise<StoredObject> {
  const { row } = request;
  const { metadata } = object;
  row.setDefaults?.(object);
  wipeSystemFields(object);
  matchNamespace(request, object);
  if (request.name && !metadata.name) metadata.name = ownCopy(request.name);
  dedupOwnerReferences(request, object);
  const managed = deps.fieldManager.update({
    typeName: row.typeName,
    apiVersion: apiVersionOf(row),
    live: undefined,
    next: object,
    manager: options.fieldManager,
    subresource: '',
    nowMs: deps.clock.now(),
    resetFields: mainStrategy(row).resetFields,
  });
  return createManaged(deps, request, managed, options);
}

/** As `createObject`, for an object whose managedFields are already up to date. */
export async function createManaged(
  deps: RestDeps,
  request: RestRequest,
  object: AnyObject,
  options: WriteOptions,
): Promise<StoredObject> {
  const { metadata } = object;
  if (isRevision(metadata.resourceVersion) && !options.dryRun)
    throw new ApiError('Unknown', 'resourceVersion should not be set on objects to be created', { code: 500 });
  const subject = {
    operation: 'CREATE',
    object,
    dryRun: options.dryRun,
    options: options.options,
    name: metadata.name ?? '',
  } as const;
  await admit(deps, request, subject);
  dedupOwnerReferences(request, object, 'after mutating admission happens');
  metadata.uid = deps.random.uuid();
  metadata.creationTimestamp = formatTime(deps.clock.now());
  const isNameGenerated = !metadata.name && !!metadata.generateName;
  for (let attempt = 1; ; attempt++) {
    if (isNameGenerated) metadata.name = `${metadata.generateName!.slice(0, 58)}${deps.random.suffix(5)}`;
    try {
      return await createNamed(deps, request, object, options, subject);
    } catch (error) {
      if (!isNameGenerated || attempt >= maxNameAttempts || !hasReason(error, 'AlreadyExists')) throw error;
    }
  }
}

async function createNamed(
  deps: RestDeps,
  request: RestRequest,
  object: AnyObject,
  options: WriteOptions,
  subject: Parameters<typeof validateAdmission>[2],
): Promise<StoredObject> {
  const { row } = request;
  row.prepareForCreate?.(object, writeContextOf(deps, request));
  if (row.hasGeneration) object.metadata.generation = 1;
  const reservation = await hookOf(deps.hooks, row)?.beforeCreate?.(object, { dryRun: options.dryRun });
  try {
    const errors = [...validateObjectMeta(row, object), ...(row.validate?.(object) ?? [])];
    if (errors.length) throw invalid(storedRow(row), object.metadata.name ?? '', errors);
    request.warnings.push(...(row.warnings?.(object) ?? []));
    await mustAlsoBeAllowed(deps, request, 'create');
    await validateAdmission(deps, request, subject);
    const stored = await deps.objects.create(storedRow(row), toStored(row, object), {
      subject: row,
      dryRun: options.dryRun,
      signal: request.http.signal,
      leaseSeconds: leaseSecondsOf(deps, row),
    });
    await reservation?.finish();
    // Nothing was written on a dry run, so the version that the client sent comes back.
    const sent = object.metadata.resourceVersion;
    return options.dryRun && isRevision(sent) ? { ...stored, revision: Number(sent) } : stored;
  } catch (error) {
    // A write of which nobody knows whether it took place keeps what it reserved; the repair finds out.
    if (error instanceof ApiError) await reservation?.undo();
    throw error;
  }
}

/** The form in which the object is kept. */
export function toStored(row: ResourceRow, object: AnyObject): AnyObject {
  return row.storedAs ? (row.storedAs.toStored(object) as AnyObject) : object;
}

/** Events do not stay for ever. */
export function leaseSecondsOf(deps: RestDeps, row: ResourceRow): number | undefined {
  return storedRow(row).storagePrefix === 'events' ? deps.eventTtlSeconds : undefined;
}

/** A resourceVersion that names a revision: not `0`, and nothing that is no number, which a create overlooks. */
function isRevision(resourceVersion: string | undefined): resourceVersion is string {
  return !!resourceVersion && /^\d+$/.test(resourceVersion) && Number(resourceVersion) !== 0;
}

/** What a client may not say about an object that does not exist yet. */
function wipeSystemFields({ metadata }: AnyObject): void {
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.uid;
  delete metadata.selfLink;
}

/** @throws ApiError BadRequest where the object names another namespace than the path */
export function matchNamespace(request: RestRequest, { metadata }: AnyObject): void {
  if (request.row.scope === 'Cluster') {
    delete metadata.namespace;
    return;
  }
  if (!metadata.namespace) metadata.namespace = ownCopy(request.namespace);
  else if (metadata.namespace !== request.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}
