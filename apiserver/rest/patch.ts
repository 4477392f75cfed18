import { describeKind, describeName } from '../../api/apply/apply-configuration.ts';
import { cloneJson } from '../../api/meta/clone-json.ts';
import { ApiError, badRequest, conflict, notFound } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import type { ApiResponse } from '../request.ts';
import { inVersionOf } from './in-version.ts';
import { parsePatch, type ParsedPatch, type PatchType } from './parse-patch.ts';
import { applyPatch } from './patch-document.ts';
import { DecodeFailure, decodeValue, maxBodyBytes, type BodyType } from './read-body.ts';
import { negotiateObject } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { checkAddress, managed, respondWritten, taken, type WriteTarget } from './update.ts';
import { updateObject } from './update-object.ts';
import { mainStrategy } from './update-strategy.ts';
import { writeOptionsOf, type WriteOptions } from './write-options.ts';

const patchTypes: Readonly<Record<string, PatchType>> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** PATCH in all its types. */
export async function handlePatch(
  deps: RestDeps,
  request: RestRequest,
  target: WriteTarget = { strategy: mainStrategy(request.row) },
): Promise<ApiResponse> {
  const form = negotiateObject(deps, request);
  const type = patchTypeOf(request);
  const options = writeOptionsOf(request, 'PatchOptions', { isApply: type === 'apply' });
  const patch = parseLater(await request.http.body(maxBodyBytes), type, options, request);
  const result = await updateObject(deps, request, {
    strategy: target.strategy,
    options,
    propose: (current) =>
      type === 'apply'
        ? applied(deps, request, target, options, current, patch)
        : patched(deps, request, target, options, current, patch, type),
  });
  return respondWritten(deps, request, form, target, result);
}

/** Unlike a body's, a patch's type must be said, and is compared letter by letter. */
function patchTypeOf({ http }: RestRequest): PatchType {
  const header = http.headers['content-type'];
  const text = ((Array.isArray(header) ? header[0] : header) ?? '').split(';', 1)[0]!.trim();
  const type = Object.hasOwn(patchTypes, text) ? patchTypes[text] : undefined;
  if (type) return type;
  throw new ApiError('UnsupportedMediaType', '415: Unsupported Media Type', { details: {} });
}

/** What is wrong with a patch is told only once there is an object to patch. */
function parseLater(
  body: Buffer,
  type: PatchType,
  { fieldValidation }: WriteOptions,
  { http }: RestRequest,
): () => ParsedPatch {
  try {
    const patch = parsePatch(body, type, fieldValidation);
    http.trail?.requestObject(patch.value);
    return () => patch;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function patched(
  deps: RestDeps,
  request: RestRequest,
  target: WriteTarget,
  options: WriteOptions,
  current: AnyObject | undefined,
  patch: () => ParsedPatch,
  patchType: Exclude<PatchType, 'apply'>,
): AnyObject {
  const { row } = request;
  const { view } = target;
  if (!current) throw notFound(row, request.name);
  const document = view ? view.showManaged(current) : current;
  const sent = applyPatch(
    deps,
    view?.type ?? row,
    document,
    { ...patch(), type: patchType },
    {
      fieldValidation: options.fieldValidation,
      warnings: request.warnings,
    },
  );
  if (!view) row.setDefaults?.(sent);
  checkAddress(request, sent);
  return managed(deps, request, target, options, { live: current, next: sent });
}

function applied(
  deps: RestDeps,
  request: RestRequest,
  target: WriteTarget,
  options: WriteOptions,
  current: AnyObject | undefined,
  patch: () => ParsedPatch,
): AnyObject {
  const { row } = request;
  const { strategy, view } = target;
  if (!current && strategy.subresource) throw notFound(row, request.name);
  const { value, oddities } = patch();
  const configuration = configurationOf(value);
  if (!current && configuration.metadata?.uid)
    throw conflict(
      row,
      request.name,
      `uid mismatch: the provided object specified uid ${configuration.metadata.uid}, and no existing object was found`,
    );
  const type = view?.type ?? row;
  const merged = deps.fieldManager.apply({
    typeName: type.typeName,
    apiVersion: apiVersionOf(type),
    live: view && current ? view.showManaged(current) : current,
    applied: configuration,
    manager: options.fieldManager,
    force: options.force === true,
    subresource: strategy.subresource,
    nowMs: deps.clock.now(),
    resetFields: strategy.resetFields,
    inVersion: view ? undefined : inVersionOf(row),
  });
  if (!current) delete merged.metadata.resourceVersion;
  const sent = converted(deps, type, merged, configuration);
  if (oddities.length && options.fieldValidation === 'Strict') throw doubledKeys(oddities);
  if (options.fieldValidation === 'Warn') request.warnings.push(...oddities);
  if (!view) row.setDefaults?.(sent);
  checkAddress(request, sent);
  return view ? taken(view, sent, current!) : sent;
}

/** What the schema lets through and the type does not: texts that are no time, no quantity, no base64. */
function converted(deps: RestDeps, type: BodyType, merged: AnyObject, configuration: AnyObject): AnyObject {
  try {
    return decodeValue(deps.codec, cloneJson(merged), type, { fieldValidation: 'Ignore', warnings: [] });
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    const kind = describeKind(configuration);
    const why = deps.conversionCheck(type.typeName, merged) ?? error.why;
    throw new ApiError(
      'Unknown',
      `failed to convert new object (${describeName(configuration)}; ${kind}) to proper version: unable to convert unstructured object to ${kind}: ${why}`,
      { code: 500 },
    );
  }
}

const doubledKeys = (oddities: readonly string[]): ApiError =>
  badRequest(
    `error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n${oddities.map((oddity) => `  ${oddity}`).join('\n')}`,
  );

function configurationOf(value: unknown): AnyObject {
  if (value === null || value === undefined) return {} as AnyObject;
  if (typeof value !== 'object' || Array.isArray(value)) {
    const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
    );
  }
  return cloneJson(value) as AnyObject;
}
