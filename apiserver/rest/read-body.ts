import { ApiError, badRequest } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { Codec } from '../../api/schema/codec.ts';
import type { ApiRequest } from '../request.ts';
import type { FieldValidation } from './write-options.ts';

/** Upstream's limit on the body of a write. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** What a body must be. */
export interface BodyType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly typeName: string;
}

const bodyTypes = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** The media type without parameters, lower case; `application/json` where there is none. */
export function contentTypeOf(request: Pick<ApiRequest, 'headers'>): string {
  const header = request.headers['content-type'];
  const text = (Array.isArray(header) ? header[0] : header) ?? '';
  return text === '' ? 'application/json' : text.split(';', 1)[0]!.trim().toLowerCase();
}

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
  strictness: { readonly fieldValidation: FieldValidation; readonly warnings: string[] },
): Promise<AnyObject> {
  const contentType = contentTypeOf(request);
  if (contentType !== 'application/json' && contentType !== 'application/yaml') throw unsupportedMediaType();
  const body = await request.body(maxBodyBytes);
  const value = parseBody(body, expected.kind);
  return decodeValue(codec, value, expected, strictness);
}

function parseBody(body: Buffer, kind: string): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${(error as Error).message} (${excerpt(body)})`,
    );
  }
}

/** As upstream shows a body it cannot read. */
function excerpt(body: Buffer): string {
  if (body.length === 0) return '<empty>';
  return body.length > 30 ? `${body.toString('utf8', 0, 30)} ...` : body.toString('utf8');
}

/** The second half of `readObject`, for values that did not come as a body (patched documents). */
export function decodeValue(
  codec: Codec,
  value: unknown,
  expected: BodyType,
  strictness: { readonly fieldValidation: FieldValidation; readonly warnings: string[] },
): AnyObject {
  const header = (value ?? {}) as { kind?: unknown; apiVersion?: unknown };
  const wantedVersion = expected.group ? `${expected.group}/${expected.version}` : expected.version;
  const kind = (header.kind as string | undefined) || expected.kind;
  const apiVersion = (header.apiVersion as string | undefined) || wantedVersion;
  if (kind !== expected.kind || apiVersion !== wantedVersion) {
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    throw badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const { object, unknownFields } = codec.decode(expected.typeName, value ?? {});
  if (unknownFields.length && strictness.fieldValidation !== 'Ignore') {
    const texts = unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`);
    if (strictness.fieldValidation === 'Strict')
      throw badRequest(
        `${expected.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: strict decoding error: ${texts.join(', ')}`,
      );
    strictness.warnings.push(...texts);
  }
  object.kind = expected.kind;
  object.apiVersion = wantedVersion;
  object.metadata ??= {};
  return object;
}
