import { ApiError, badRequest } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import { resources } from '../../api/resources/index.ts';
import { isReadableVersion } from '../../api/resources/known-versions.ts';
import { DecodeError, type Codec } from '../../api/schema/codec.ts';
import { ProtobufError } from '../../api/schema/protobuf-envelope.ts';
import { parseYaml, YamlError } from '../../api/schema/yaml.ts';
import type { ApiRequest } from '../request.ts';
import { duplicateFields, JsonSyntaxError, parseJson } from '../../api/meta/json-text.ts';
import { maxFindings, readRepeatedKeys, strictFindings, type KeyOccurrence } from './repeated-keys.ts';
import type { FieldValidation } from './write-options.ts';
import { goJsonKind } from '../../api/meta/go-value.ts';

/** Upstream's limit on the body of a write. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** What a body must be. */
export interface BodyType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly typeName: string;
  /** Older versions of the same shape that are taken too. */
  readonly alsoVersions?: readonly string[];
}

export interface Strictness {
  readonly fieldValidation: FieldValidation;
  /** Where warnings go. */
  readonly warnings: string[];
}

/** A body as a JSON value, and what is odd about its text: keys that stand twice. */
export interface ParsedBody {
  readonly value: unknown;
  readonly oddities: readonly string[];
  readonly isYaml: boolean;
  /** Unknown fields are told of in the order of their names, and not in that of the document. */
  readonly sortsUnknown?: boolean;
  /** A body must be of the version of the endpoint, and not only be readable. */
  readonly isBody?: boolean;
  /** All keys of a JSON text in which some stand twice. */
  readonly keys?: readonly KeyOccurrence[];
}

const bodyTypes = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const protobufType = 'application/vnd.kubernetes.protobuf';

/** The media type without parameters, lower case; `application/json` where there is none. */
export function contentTypeOf(request: Pick<ApiRequest, 'headers'>): string {
  const header = request.headers['content-type'];
  const text = (Array.isArray(header) ? header[0] : header) ?? '';
  return text === '' ? 'application/json' : text.split(';', 1)[0]!.trim().toLowerCase();
}

/** 415, with the media types that would do. */
export function unsupportedMediaType(accepted = bodyTypes): ApiError {
  return new ApiError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );
}

/**
 * Reads a body as an object of the expected type. Fields that are not of the type are dropped, and told of as
 * `fieldValidation` says.
 *
 * @throws ApiError UnsupportedMediaType, RequestEntityTooLarge, BadRequest
 */
export async function readObject(
  codec: Codec,
  request: ApiRequest,
  expected: BodyType,
  strictness: Strictness,
): Promise<AnyObject> {
  const contentType = contentTypeOf(request);
  if (contentType !== 'application/json' && contentType !== 'application/yaml' && contentType !== protobufType)
    throw unsupportedMediaType();
  const body = await request.body(maxBodyBytes);
  const parsed =
    contentType === protobufType
      ? { value: parseProtobuf(codec, body, expected.kind), oddities: [], isYaml: false }
      : parseBody(body, contentType, expected.kind);
  const object = decodeValue(codec, parsed.value, expected, strictness, { ...parsed, isBody: true });
  request.trail?.requestObject(object);
  return object;
}

/** @throws ApiError BadRequest in upstream's words where the text is none of its format */
export function parseBody(body: Buffer, contentType: string, kind: string): ParsedBody {
  const unrecognized = (why: string): ApiError =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${excerpt(body)})`);
  const text = body.toString('utf8');
  let parsed: ParsedBody;
  try {
    if (contentType === 'application/yaml') {
      const { value, duplicates } = parseYaml(text);
      // Upstream reads the JSON that it makes of the YAML, whose keys are sorted.
      parsed = { value, oddities: duplicates, isYaml: true, sortsUnknown: true };
    } else {
      const value = parseJson(text);
      parsed = { value, oddities: [], isYaml: false };
      if (duplicateFields(text, value).length > 0) parsed = { ...parsed, ...readRepeatedKeys(text) };
    }
  } catch (error) {
    if (error instanceof YamlError) throw unrecognized(error.message);
    if (error instanceof JsonSyntaxError)
      throw unrecognized(`couldn't get version/kind; json parse error: ${error.message}`);
    throw error;
  }
  const why = headerError(parsed.value);
  if (why) throw unrecognized(why);
  return parsed;
}

/** @throws ApiError BadRequest where the body is no protobuf message of the API */
function parseProtobuf(codec: Codec, body: Buffer, kind: string): unknown {
  try {
    return codec.decodeProtobuf(body);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): ${error.message} (${excerpt(body)})`,
    );
  }
}

const goHeader =
  'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

const jsonError = (what: string): string =>
  `couldn't get version/kind; json parse error: json: cannot unmarshal ${what}`;

/** What keeps upstream from finding out which kind a value is. */
export function headerError(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value !== 'object' || Array.isArray(value))
    return jsonError(`${goJsonKind(value)} into Go value of type ${goHeader}`);
  const { apiVersion, kind } = value as { apiVersion?: unknown; kind?: unknown };
  if (!isTextOrAbsent(apiVersion))
    return jsonError(`${goJsonKind(apiVersion)} into Go struct field .apiVersion of type string`);
  if (!isTextOrAbsent(kind)) return jsonError(`${goJsonKind(kind)} into Go struct field .kind of type string`);
  if (apiVersion && apiVersion.indexOf('/') !== apiVersion.lastIndexOf('/'))
    return `unexpected GroupVersion string: ${apiVersion}`;
  return undefined;
}

function isTextOrAbsent(value: unknown): value is string | null | undefined {
  return typeof value === 'string' || value === undefined || value === null;
}

/** As upstream shows a body it cannot read: text where it looks like JSON, else its bytes. */
function excerpt(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  const start = body.subarray(0, 30);
  return (body[0] === 0x7b ? start.toString('utf8') : start.toString('hex')) + (body.length > 30 ? ' ...' : '');
}

/** A value is no object of the expected type; `why` is the message without what came and what was expected. */
export class DecodeFailure extends ApiError {
  readonly why: string;

  constructor(message: string, why: string) {
    super('BadRequest', message);
    this.why = why;
  }
}

/**
 * The second half of `readObject`, for values that did not come as a body (patched documents).
 *
 * @throws ApiError BadRequest where the value is of another kind or does not fit its type
 */
export function decodeValue(
  codec: Codec,
  value: unknown,
  expected: BodyType,
  strictness: Strictness,
  text: Omit<ParsedBody, 'value'> = { oddities: [], isYaml: false },
): AnyObject {
  const unreadable = headerError(value);
  if (unreadable) throw new DecodeFailure(unreadable, unreadable);
  const header = (value ?? {}) as { kind?: string | null; apiVersion?: string | null };
  const wantedVersion = apiVersionOf(expected);
  const kind = header.kind || expected.kind;
  const apiVersion = header.apiVersion || wantedVersion;
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  const cannotHandle = (why: string): ApiError =>
    new DecodeFailure(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: ${why}`,
      why,
    );
  const isOlder = expected.alsoVersions?.some((old) => apiVersion === apiVersionOf({ ...expected, version: old }));
  if (kind !== expected.kind || (apiVersion !== wantedVersion && !isOlder)) {
    const actual = resources.find((row) => row.kind === kind && apiVersionOf(row) === apiVersion);
    // Two groups of one resource share their internal form, which the message names.
    const wanted = resources.find((row) => row.kind === expected.kind && apiVersionOf(row) === wantedVersion);
    const internalGroup = wanted?.storedAs?.row().group ?? expected.group;
    // Upstream decodes before it compares: what the other kind cannot read is told first.
    if (actual) decoded(codec, actual.typeName, value ?? {}, cannotHandle);
    const isSameKind = kind === expected.kind && (actual !== undefined || isReadableVersion(kind, apiVersion));
    if (isSameKind && text.isBody)
      throw badRequest(
        `the API version in the data (${apiVersion}) does not match the expected API version (${wantedVersion})`,
      );
    throw cannotHandle(
      isRegistered(apiVersion, kind)
        ? `converting (${version}.${kind}) to (${internalGroup.split('.')[0] || 'core'}.${expected.kind}): unknown conversion`
        : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const forgetsManagers = isEmptyList(
    (value as { metadata?: { managedFields?: unknown } } | null)?.metadata?.managedFields,
  );
  const { object, unknownFields } = decoded(codec, expected.typeName, value ?? {}, cannotHandle);
  if (strictness.fieldValidation !== 'Ignore' && (unknownFields.length || text.oddities.length || text.keys)) {
    const found = text.keys ? strictFindings(text.keys, unknownFields) : unknownFindings(unknownFields, text);
    if (strictness.fieldValidation === 'Strict') {
      const odd =
        text.isYaml && text.oddities.length
          ? [`yaml: unmarshal errors:\n${text.oddities.map((oddity) => `  ${oddity}`).join('\n')}`]
          : text.oddities;
      throw cannotHandle(`strict decoding error: ${[...odd, ...found].join(', ')}`);
    }
    strictness.warnings.push(...text.oddities, ...found);
  }
  object.kind = expected.kind;
  object.apiVersion = wantedVersion;
  object.metadata ??= {};
  // An empty list is not the same as none here: it asks to forget who manages what.
  if (forgetsManagers) object.metadata.managedFields = [];
  return object;
}

function unknownFindings(fields: readonly string[], { sortsUnknown }: Pick<ParsedBody, 'sortsUnknown'>): string[] {
  const ordered = sortsUnknown ? [...fields].sort(byPath) : fields;
  return ordered.slice(0, maxFindings).map((field) => `unknown field ${JSON.stringify(field)}`);
}

/** As the keys of a document stand when each object's are sorted; list items stay in their order. */
function byPath(a: string, b: string): number {
  const sortable = (path: string): string =>
    path.replace(/\[(\d+)\]/g, (_, index: string) => `[${index.padStart(8, '0')}]`).replaceAll('.', '\0');
  return sortable(a) < sortable(b) ? -1 : 1;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

function decoded(
  codec: Codec,
  typeName: string,
  value: unknown,
  cannotHandle: (why: string) => ApiError,
): ReturnType<Codec['decode']> {
  try {
    return codec.decode(typeName, value);
  } catch (error) {
    if (error instanceof DecodeError) throw cannotHandle(error.message);
    throw error;
  }
}

const registered = new Set([
  'v1 List',
  'v1 Status',
  ...resources.flatMap((row) => [`${apiVersionOf(row)} ${row.kind}`, `${apiVersionOf(row)} ${row.kind}List`]),
]);

function isRegistered(apiVersion: string, kind: string): boolean {
  return registered.has(`${apiVersion} ${kind}`);
}
