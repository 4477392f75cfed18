import { badRequest, conflict, notFound } from '../../api/meta/errors.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ApiResponse } from '../request.ts';
import { readObject } from './read-body.ts';
import { storedRow } from './resource-index.ts';
import { negotiateObject, respondStored } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { updateObject } from './update-object.ts';
import { mainStrategy, type UpdateStrategy } from './update-strategy.ts';
import { writeOptionsOf } from './write-options.ts';

export async function handleUpdate(
  deps: RestDeps,
  request: RestRequest,
  strategy: UpdateStrategy = mainStrategy(request.row),
): Promise<ApiResponse> {
  const { row } = request;
  const form = negotiateObject(request);
  const options = writeOptionsOf(request, 'UpdateOptions');
  const sent = await readObject(deps.codec, request.http, row, {
    fieldValidation: options.fieldValidation,
    warnings: request.warnings,
  });
  row.setDefaults?.(sent);
  checkAddress(request, sent);
  const { uid } = sent.metadata;
  const result = await updateObject(deps, request, {
    strategy,
    options,
    propose: (current) => {
      if (!current && !strategy.allowsCreate) throw notFound(row, request.name);
      if (current && uid && uid !== current.metadata.uid)
        throw conflict(
          row,
          request.name,
          `StorageError: invalid object, Code: 4, Key: ${deps.objects.keyOf(storedRow(row), request)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`,
        );
      // The change may run again: what it works on is a copy each time.
      const next = structuredClone(sent);
      return deps.fieldManager.update({
        typeName: row.typeName,
        apiVersion: apiVersionOf(row),
        live: current,
        next,
        manager: options.fieldManager,
        subresource: strategy.subresource,
        nowMs: deps.clock.now(),
        resetFields: strategy.resetFields,
      });
    },
  });
  return respondStored(deps, request, form, result, result.created ? 201 : 200);
}

/** @throws ApiError BadRequest where the object is another than the path's */
export function checkAddress(request: RestRequest, { metadata }: AnyObject): void {
  if (!metadata.name)
    throw badRequest(`the name of the object (${request.name} based on URL) was undeterminable: name must be provided`);
  if (metadata.name !== request.name)
    throw badRequest(`the name of the object (${metadata.name}) does not match the name on the URL (${request.name})`);
  if (request.row.scope === 'Cluster') return;
  if (!metadata.namespace) metadata.namespace = request.namespace;
  else if (metadata.namespace !== request.namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
}
