import { cloneJson } from '../../api/meta/clone-json.ts';
import { badRequest, conflict, invalid, notFound } from '../../api/meta/errors.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { ownCopy } from '../../api/meta/own-copy.ts';
import type { ApiResponse } from '../request.ts';
import { dedupOwnerReferences } from './dedup-owner-references.ts';
import { inVersionOf } from './in-version.ts';
import { requestForView, type ObjectView } from './object-view.ts';
import { readObject } from './read-body.ts';
import { storedRow } from './resource-index.ts';
import { negotiateObject, respondObject, respondStored, viewOf } from './respond.ts';
import type { Negotiated } from './negotiation.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { updateObject, type UpdateResult } from './update-object.ts';
import { mainStrategy, type UpdateStrategy } from './update-strategy.ts';
import { writeOptionsOf, type WriteOptions } from './write-options.ts';

/** What a path writes: the object by some strategy, as itself or through a view. */
export interface WriteTarget {
  readonly strategy: UpdateStrategy;
  readonly view?: ObjectView;
}

/** PUT. */
export async function handleUpdate(
  deps: RestDeps,
  request: RestRequest,
  target: WriteTarget = { strategy: mainStrategy(request.row) },
): Promise<ApiResponse> {
  const { row } = request;
  const { strategy, view } = target;
  const form = negotiateObject(deps, request);
  const options = writeOptionsOf(request, 'UpdateOptions');
  const sent = await readObject(deps.codec, request.http, view?.type ?? row, {
    fieldValidation: options.fieldValidation,
    warnings: request.warnings,
  });
  if (!view) row.setDefaults?.(sent);
  checkAddress(request, sent);
  dedupOwnerReferences(request, sent);
  const { uid } = sent.metadata;
  const result = await updateObject(deps, request, {
    strategy,
    options,
    propose: (current) => {
      if (!current && !strategy.allowsCreate) throw notFound(row, request.name);
      if (current && uid && uid !== current.metadata.uid) throw uidMismatch(deps, request, uid, current.metadata.uid!);
      // The change may run again: what it works on is a copy each time.
      return managed(deps, request, target, options, { live: current, next: cloneJson(sent) });
    },
  });
  return respondWritten(deps, request, form, target, result);
}

/** The Conflict of a precondition on the uid that does not hold, in upstream's words. Made, not thrown. */
export function uidMismatch(deps: RestDeps, request: RestRequest, wanted: string, found: string): Error {
  return conflict(
    request.row,
    request.name,
    `StorageError: invalid object, Code: 4, Key: ${deps.objects.keyOf(storedRow(request.row), request)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${found}`,
  );
}

/** The object with what the view says of it. @throws ApiError Invalid, of the view's kind */
export function taken(view: ObjectView, sent: AnyObject, current: AnyObject): AnyObject {
  const errors = view.validate(sent);
  if (errors.length) throw invalid(view.type, current.metadata.name!, errors);
  const next = cloneJson(current);
  view.take(sent, next);
  next.metadata.resourceVersion = sent.metadata.resourceVersion;
  return next;
}

/** The object that `next` (itself, or its view) makes of the live one, with managedFields brought up to date. */
export function managed(
  deps: RestDeps,
  { row }: RestRequest,
  { strategy, view }: WriteTarget,
  options: WriteOptions,
  { live, next }: { readonly live: AnyObject | undefined; readonly next: AnyObject },
): AnyObject {
  const type = view?.type ?? row;
  const sent = deps.fieldManager.update({
    typeName: type.typeName,
    apiVersion: apiVersionOf(type),
    live: view && live ? view.showManaged(live) : live,
    next,
    manager: options.fieldManager,
    subresource: strategy.subresource,
    nowMs: deps.clock.now(),
    resetFields: strategy.resetFields,
    inVersion: view ? undefined : inVersionOf(row),
  });
  return view ? taken(view, sent, live!) : sent;
}

/**
 * Answers a write with the object as it was stored, or with the view of it that was written: 201 where the write made
 * the object, else 200.
 */
export function respondWritten(
  deps: RestDeps,
  request: RestRequest,
  form: Negotiated,
  { view }: WriteTarget,
  result: UpdateResult,
): ApiResponse {
  const status = result.created ? 201 : 200;
  if (!view) return respondStored(deps, request, form, result, status);
  const object = viewOf(request, deps.objects.parse({ value: result.value, modRevision: result.revision }));
  return respondObject(deps, requestForView(request, view), form, view.show(object), status);
}

/** @throws ApiError BadRequest where the object is another than the path's */
export function checkAddress(request: RestRequest, { metadata }: AnyObject): void {
  if (!metadata.name)
    throw badRequest(`the name of the object (${request.name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== request.name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${request.name})`);
  if (request.row.scope === 'Cluster') return;
  if (!metadata.namespace) metadata.namespace = ownCopy(request.namespace);
  else if (metadata.namespace !== request.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}
