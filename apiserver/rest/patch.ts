import { applyJsonPatch } from '../../api/patch/json-patch.ts';
import { applyMergePatch } from '../../api/patch/merge-patch.ts';
import { ApiError, badRequest, notFound } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import type { ApiResponse } from '../request.ts';
import { checkAddress } from './update.ts';
import { contentTypeOf, decodeValue, maxBodyBytes, unsupportedMediaType } from './read-body.ts';
import { negotiateObject, respondStored } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { updateObject } from './update-object.ts';
import { mainStrategy, type UpdateStrategy } from './update-strategy.ts';
import { writeOptionsOf, type WriteOptions } from './write-options.ts';

export const patchTypes = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
} as const;

type PatchType = (typeof patchTypes)[keyof typeof patchTypes];

export async function handlePatch(
  deps: RestDeps,
  request: RestRequest,
  strategy: UpdateStrategy = mainStrategy(request.row),
): Promise<ApiResponse> {
  const form = negotiateObject(request);
  const type = patchTypeOf(request);
  const options = writeOptionsOf(request, 'PatchOptions', { isApply: type === 'apply' });
  const body = await request.http.body(maxBodyBytes);
  const patch = parsePatch(body, type);
  const result = await updateObject(deps, request, {
    strategy,
    options,
    propose: (current) =>
      type === 'apply'
        ? applied(deps, request, strategy, options, current, patch as AnyObject)
        : patched(deps, request, strategy, options, current, type, patch),
  });
  return respondStored(deps, request, form, result, result.created ? 201 : 200);
}

function patchTypeOf(request: RestRequest): PatchType {
  const contentType = contentTypeOf(request.http);
  if (Object.hasOwn(patchTypes, contentType)) return patchTypes[contentType as keyof typeof patchTypes];
  throw unsupportedMediaType(Object.keys(patchTypes).join(', '));
}

function parsePatch(body: Buffer, _type: PatchType): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw badRequest(`error decoding patch: ${(error as Error).message}`);
  }
}

function patched(
  deps: RestDeps,
  request: RestRequest,
  strategy: UpdateStrategy,
  options: WriteOptions,
  current: AnyObject | undefined,
  type: Exclude<PatchType, 'apply'>,
  patch: unknown,
): AnyObject {
  const { row } = request;
  if (!current) throw notFound(row, request.name);
  const document =
    type === 'json'
      ? applyJsonPatch(current, patch)
      : type === 'merge'
        ? (applyMergePatch(current, patch) as AnyObject)
        : deps.strategicMerge(row.typeName, current, patch as AnyObject);
  // Merge patches share structure with what they were applied to.
  const next = decodeValue(deps.codec, structuredClone(document), row, {
    fieldValidation: options.fieldValidation,
    warnings: request.warnings,
  });
  row.setDefaults?.(next);
  checkAddress(request, next);
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
}

function applied(
  deps: RestDeps,
  request: RestRequest,
  strategy: UpdateStrategy,
  options: WriteOptions,
  current: AnyObject | undefined,
  configuration: AnyObject,
): AnyObject {
  const { row } = request;
  if (!current && strategy.subresource) throw notFound(row, request.name);
  if (configuration.metadata?.managedFields) throw new ApiError('BadRequest', 'metadata.managedFields must be nil');
  const merged = deps.fieldManager.apply({
    typeName: row.typeName,
    apiVersion: apiVersionOf(row),
    live: current,
    applied: configuration,
    manager: options.fieldManager,
    force: options.force === true,
    subresource: strategy.subresource,
    nowMs: deps.clock.now(),
    resetFields: strategy.resetFields,
  });
  const next = decodeValue(deps.codec, structuredClone(merged), row, {
    fieldValidation: options.fieldValidation,
    warnings: request.warnings,
  });
  row.setDefaults?.(next);
  checkAddress(request, next);
  return next;
}
