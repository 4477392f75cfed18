import type { AnyObject } from '../../api/meta/object.ts';
import { apiVersionOf, typeOf } from '../../api/resources/define-resource.ts';
import { spliceResourceVersion } from '../../api/schema/codec.ts';
import { wrapEnvelope } from '../../api/schema/protobuf-envelope.ts';
import { jsonToYaml } from '../../api/schema/yaml.ts';
import { isTrue } from '../stages/request-info.ts';
import { bytesResponse, jsonType } from '../server/responses.ts';
import type { ApiResponse } from '../request.ts';
import { negotiate, type Negotiated, type Subject } from './negotiation.ts';
import type { RestDeps } from './rest-deps.ts';
import type { CacheEntry } from '../storage/cache-entry.ts';
import type { RestRequest } from './rest-request.ts';
import { metadataOf, tableOf } from './table.ts';
import { parseStored, type StoredObject } from './object-store.ts';

const lineFeed = Buffer.from('\n');

/** The form an answer about one object takes. @throws ApiError NotAcceptable */
export function negotiateObject(deps: Pick<RestDeps, 'codec'>, request: RestRequest): Negotiated {
  return withPretty(request, negotiate(headerOf(request, 'accept'), 'object', subjectOf(deps, request)));
}

/** The form an answer that is a list takes. @throws ApiError NotAcceptable */
export function negotiateList(deps: Pick<RestDeps, 'codec'>, request: RestRequest): Negotiated {
  return withPretty(request, negotiate(headerOf(request, 'accept'), 'list', subjectOf(deps, request)));
}

/** What a request is about, for the choice of a form. */
export function subjectOf({ codec }: Pick<RestDeps, 'codec'>, { row }: RestRequest): Subject {
  return { group: row.group, kind: row.kind, hasProtobuf: codec.has(row.typeName) };
}

/** People read what they fetch with these programs. */
const programsOfPeople = /^(curl|Wget|Mozilla\/5\.0)/;

function withPretty(request: RestRequest, form: Negotiated): Negotiated {
  const wish = request.http.query.get('pretty');
  const isPretty = wish ? isTrue(wish) : programsOfPeople.test(headerOf(request, 'user-agent') ?? '');
  return isPretty && !form.pretty ? { ...form, pretty: true } : form;
}

/** The header by its name in lower case; several are joined by commas (RFC 9110), undefined where none was sent. */
export function headerOf(request: RestRequest, name: string): string | undefined {
  const value = request.http.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** Answers an object from its canonical bytes; a revision of 0 leaves resourceVersion out. */
export function respondStored(
  deps: RestDeps,
  request: RestRequest,
  form: Negotiated,
  stored: StoredObject & { readonly entry?: CacheEntry },
  status = 200,
): ApiResponse {
  if (form.as === 'Object' && form.format === 'json' && !form.pretty && !request.row.storedAs) {
    const chunks = stored.revision
      ? [spliceResourceVersion(stored.value, stored.revision, '', '\n')]
      : [stored.value, lineFeed];
    return { status, headers: { 'content-type': jsonType }, body: { kind: 'bytes', chunks } };
  }
  if (form.as === 'Object' && form.format === 'protobuf' && stored.entry?.message && !request.row.storedAs)
    return bytesResponse(status, form.mediaType, wrapEnvelope(typeOf(request.row), stored.entry.message));
  const object = parseStored(stored.value, stored.revision);
  if (!stored.revision) delete object.metadata.resourceVersion;
  return respondObject(deps, request, form, viewOf(request, object), status);
}

/** The object in the version it was asked for. */
export function viewOf(request: RestRequest, stored: AnyObject): AnyObject {
  const { row } = request;
  if (!row.storedAs) return stored;
  const view = row.storedAs.fromStored(stored) as AnyObject;
  return { ...view, kind: row.kind, apiVersion: apiVersionOf(row) };
}

/** Answers an object that is not (or not in this shape) in the store. */
export function respondObject(
  deps: RestDeps,
  request: RestRequest,
  form: Negotiated,
  object: AnyObject,
  status = 200,
): ApiResponse {
  let body: object = object;
  if (form.as === 'Table') body = tableOf(deps, request, [object], form, object.metadata.resourceVersion);
  else if (form.as === 'PartialObjectMetadata') body = metadataOf(request.row, object, form);
  return respondValue(deps, form, body, status);
}

/** Any value in the negotiated format. */
export function respondValue(
  { codec }: Pick<RestDeps, 'codec'>,
  form: Negotiated,
  body: object,
  status = 200,
): ApiResponse {
  if (form.format === 'protobuf') return bytesResponse(status, form.mediaType, codec.encodeProtobuf(body));
  const text =
    form.format === 'yaml'
      ? jsonToYaml(body)
      : form.pretty
        ? JSON.stringify(body, undefined, 2)
        : `${JSON.stringify(body)}\n`;
  return { status, headers: { 'content-type': form.mediaType }, body: { kind: 'bytes', chunks: [Buffer.from(text)] } };
}
