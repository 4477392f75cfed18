import { invalidValue, notSupported, type FieldError } from '../../api/meta/field-error.ts';
import { ApiError, badRequest, invalid } from '../../api/meta/errors.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import { DecodeError } from '../../api/schema/codec.ts';
import type { DeleteOptions } from '../../api/schema/generated/meta-v1.ts';
import { ProtobufError } from '../../api/schema/protobuf-envelope.ts';
import { parseYaml, YamlError } from '../../api/schema/yaml.ts';
import { formats, mediaTypes, type Format } from '../server/formats.ts';
import { JsonSyntaxError, parseJson } from '../../api/meta/json-text.ts';
import { contentTypeOf, headerError, maxBodyBytes, unsupportedMediaType } from './read-body.ts';
import { dryRunErrors, parseGoBool, parseGoInt } from './write-options.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';

const propagationPolicies = ['Foreground', 'Background', 'Orphan'] as const;
const typeName = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

/** They are of any version too, and decode to what is no options of a delete. */
const otherOptions: ReadonlySet<string> = new Set(['CreateOptions', 'UpdateOptions']);

/** The options of a delete: from the body where there is one, else from the query. @throws ApiError */
export async function deleteOptionsOf(deps: RestDeps, request: RestRequest): Promise<DeleteOptions> {
  const body = await request.http.body(maxBodyBytes);
  const options = body.length ? fromBody(deps, request, body) : fromQuery(request.http.query);
  if (body.length) request.http.trail?.requestObject(options);
  const errors: FieldError[] = [];
  const { propagationPolicy, orphanDependents, dryRun } = options;
  if (propagationPolicy !== undefined && orphanDependents !== undefined)
    errors.push(
      invalidValue(
        'propagationPolicy',
        propagationPolicy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    );
  if (propagationPolicy !== undefined && !(propagationPolicies as readonly string[]).includes(propagationPolicy))
    errors.push(notSupported('propagationPolicy', propagationPolicy, [...propagationPolicies, 'nil']));
  errors.push(...dryRunErrors(dryRun ?? []));
  if (errors.length) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  const { defaultPropagationWarning } = request.row;
  if (defaultPropagationWarning && propagationPolicy === undefined && orphanDependents === undefined)
    request.warnings.push(defaultPropagationWarning);
  return options;
}

function fromBody(deps: RestDeps, request: RestRequest, body: Buffer): DeleteOptions {
  const contentType = contentTypeOf(request.http);
  const format = formats.find((each) => mediaTypes[each] === contentType);
  if (!format) throw unsupportedMediaType();
  try {
    const value = parsed(deps, body, format);
    const unreadable = headerError(value);
    if (unreadable) throw badRequest(unreadable);
    const { kind, apiVersion } = (value ?? {}) as { kind?: string | null; apiVersion?: string | null };
    if (kind && otherOptions.has(kind))
      throw new ApiError('Unknown', 'decoded object cannot be converted to DeleteOptions', { code: 500 });
    if (kind && kind !== 'DeleteOptions')
      throw badRequest(
        `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion || apiVersionOf(request.row))} in scheme "pkg/runtime/scheme.go:111"`,
      );
    return deps.codec.decode(typeName, value ?? {}).object as DeleteOptions;
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw badRequest(`couldn't get version/kind; json parse error: ${error.message}`);
    if (error instanceof DecodeError || error instanceof YamlError || error instanceof ProtobufError)
      throw badRequest(error.message);
    throw error;
  }
}

function parsed({ codec }: RestDeps, body: Buffer, format: Format): unknown {
  if (format === 'protobuf') return codec.decodeProtobuf(body);
  const text = body.toString('utf8');
  return format === 'json' ? parseJson(text) : parseYaml(text).value;
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const dryRun = query.getAll('dryRun');
  return {
    ...(query.has('gracePeriodSeconds') ? { gracePeriodSeconds: parseGoInt(query.get('gracePeriodSeconds')!) } : {}),
    ...(query.has('propagationPolicy') ? { propagationPolicy: query.get('propagationPolicy')! } : {}),
    ...(query.has('orphanDependents')
      ? { orphanDependents: parseGoBool(query.get('orphanDependents')!, 'orphanDependents') }
      : {}),
    ...(dryRun.length ? { dryRun } : {}),
  };
}
