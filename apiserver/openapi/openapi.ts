import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { resources } from '../../api/resources/index.ts';
import type { SchemaTable } from '../../api/schema/schema-table.ts';
import type { Deps } from '../../component/deps.ts';
import { matches, type RequestHeaders } from '../discovery/discovery.ts';
import { groupsOf } from '../discovery/documents.ts';
import { parseAccept, takes } from '../server/media-type.ts';
import type { ApiResponse } from '../request.ts';
import { openApiV2, openApiV3 } from './documents.ts';
import { gnosticV2, gnosticV3 } from './gnostic.ts';
import { inSlices, type Steps } from './in-slices.ts';
import { jsonText } from './json-text.ts';
import type { Gvk } from './operation-maker.ts';
import { pathItems, type PathItem } from './operations.ts';
import type { Descriptions, Json } from './schemas.ts';

export interface OpenApiRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: RequestHeaders;
}

export interface OpenApi {
  /** Answers what lies at and below `/openapi`; undefined for other paths. Any method is answered. */
  handle(request: OpenApiRequest): Promise<ApiResponse> | undefined;
  /** The paths it answers, for the index at `/`. */
  paths(): string[];
}

export interface OpenApiOptions {
  /** A new array whenever the rows change, the same one as long as they do not. */
  readonly getRows: () => readonly ResourceRow[];
  readonly table: SchemaTable;
  /** `v1.36.3`. */
  readonly gitVersion: string;
  readonly deps: Pick<Deps, 'clock'>;
  /** The OpenAPI v3 schema of a custom resource's version, without kind, apiVersion and metadata's own; else undefined. */
  readonly customSchema?: (row: ResourceRow) => Json | undefined;
  /** Words for fields; by default those that set-up has generated, none where it has not run. */
  readonly descriptions?: () => Descriptions;
}

/** How many made documents are kept as bytes; clients keep their own copies, so a few are enough. */
const keptDocuments = 8;
/** No document of the index of version 3 has this name. */
const v2Document = 'v2';

/** What is known of the API while its rows stay as they are. */
interface Catalog {
  readonly rows: readonly ResourceRow[];
  /** By document. */
  readonly hashes: ReadonlyMap<string, string>;
  /** By document and format; those asked for last are at the end. */
  readonly kept: Map<string, Promise<Buffer>>;
}

/**
 * OpenAPI v2 and v3 of the API, made when asked for, in slices of the event loop's time. Holds no schemas, only the bytes
 * of the documents last asked for.
 */
export function createOpenApi(options: OpenApiOptions): OpenApi {
  const { getRows, table, gitVersion, customSchema = () => undefined, descriptions = generatedDescriptions } = options;
  const { clock } = options.deps;
  const builtInGroups: ReadonlySet<string> = new Set(resources.map((row) => row.group));
  const typeByGvk = new Map<string, string>();
  for (const [typeName, facts] of Object.entries(table)) {
    if (facts.gvk?.length === 1) typeByGvk.set(facts.gvk[0]!.join('/'), typeName);
  }

  let catalog: { readonly rows: readonly ResourceRow[]; readonly made: Promise<Catalog> } | undefined;

  const typeOfKind = ({ group, version, kind }: Gvk): string =>
    typeByGvk.get(`${group}/${version}/${kind}`) ?? customTypeName({ group, version, kind });

  const itemsOf = (rows: readonly ResourceRow[]): Steps<PathItem[]> =>
    pathItems(
      groupsOf(rows, (g) => builtInGroups.has(g)),
      typeOfKind,
    );

  function currentCatalog(): Promise<Catalog> {
    const rows = getRows();
    if (catalog?.rows !== rows) catalog = { rows, made: inSlices(makeCatalog(rows), clock) };
    return catalog.made;
  }

  /** A document's hash comes from what it is made of, so that the index costs no documents. */
  function* makeCatalog(rows: readonly ResourceRow[]): Steps<Catalog> {
    const byDocument = Map.groupBy(yield* itemsOf(rows), ({ document }) => document);
    const customs = customSchemas(rows);
    const words = JSON.stringify(descriptions());
    yield;
    const shared = sha(`${gitVersion} ${ownSource()} ${JSON.stringify(table)} ${words}`);
    const hashes = new Map<string, string>();
    for (const [document, list] of byDocument) {
      yield;
      const hash = createHash('sha512').update(shared).update(JSON.stringify(list));
      for (const name of Object.keys(customs)) {
        if (list.some((i) => i.operations.some((o) => Object.values(o.responses).includes(name))))
          hash.update(JSON.stringify(customs[name]));
      }
      hashes.set(document, hash.digest('hex').toUpperCase());
    }
    return { rows, hashes, kept: new Map() };
  }

  function customSchemas(rows: readonly ResourceRow[]): Record<string, Json> {
    const schemas: Record<string, Json> = {};
    for (const row of rows) {
      if (typeByGvk.has(`${row.group}/${row.version}/${row.kind}`)) continue;
      Object.assign(schemas, customResourceSchemas(row, customSchema(row)));
    }
    return schemas;
  }

  /** The bytes of a document; whoever asks while they are made shares them. */
  function bytesOf(
    { rows, kept }: Catalog,
    document: string,
    { contentType, encode }: DocumentFormat,
  ): Promise<Buffer> {
    const slot = `${document} ${contentType}`;
    const isV2 = document === v2Document;
    const bytes = kept.get(slot) ?? inSlices(make(), clock);
    bytes.catch(() => kept.delete(slot));
    kept.delete(slot);
    kept.set(slot, bytes);
    if (kept.size > keptDocuments) kept.delete(kept.keys().next().value!);
    return bytes;

    function* make(): Steps<Buffer> {
      const items = yield* itemsOf(rows);
      const sources = { table, custom: customSchemas(rows), descriptions: descriptions(), version: gitVersion };
      yield;
      const own = isV2 ? items : items.filter((item) => item.document === document);
      return yield* encode(yield* (isV2 ? openApiV2 : openApiV3)(own, sources));
    }
  }

  function v3Index({ hashes }: Catalog, headers: RequestHeaders): ApiResponse {
    const paths = Object.fromEntries(
      [...hashes]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, hash]) => [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` }]),
    );
    return tagged(headers, Buffer.from(JSON.stringify({ paths })), sha([...hashes.values()].join()));
  }

  async function v3Document(
    of: Catalog,
    name: string,
    query: URLSearchParams,
    headers: RequestHeaders,
  ): Promise<ApiResponse> {
    const hash = of.hashes.get(name);
    // Without a word, as upstream's handler does.
    if (hash === undefined) return respond(404, {}, []);
    const asked = query.get('hash');
    if (asked !== null && asked !== hash) {
      // The client read an older index: what it wants is where the present one says.
      return respond(301, { location: `/openapi/v3/${name}?hash=${hash}` }, []);
    }
    const format = formatFor(headers, formatsOfV3);
    if (!format) return notAcceptable();
    // A URL with a hash names these very bytes for ever.
    const more: Record<string, string> =
      asked === null ? {} : { 'cache-control': 'public, immutable, max-age=31536000' };
    const bytes = await bytesOf(of, name, format);
    return tagged(headers, bytes, hash, { 'content-type': format.contentType, ...more });
  }

  async function v2(of: Catalog, headers: RequestHeaders): Promise<ApiResponse> {
    const format = formatFor(headers, formatsOfV2);
    if (!format) return notAcceptable();
    const hash = sha(`v2 ${format.contentType} ${[...of.hashes.values()].join()}`);
    return tagged(headers, await bytesOf(of, v2Document, format), hash, { 'content-type': format.contentType });
  }

  async function answer(request: OpenApiRequest): Promise<ApiResponse> {
    const { path, query, headers } = request;
    const of = await currentCatalog();
    if (path === '/openapi/v2') return v2(of, headers);
    if (path === '/openapi/v3' || path === '/openapi/v3/') return v3Index(of, headers);
    if (path.startsWith('/openapi/v3/')) return v3Document(of, path.slice('/openapi/v3/'.length), query, headers);
    return notFound();
  }

  return {
    handle: (request) =>
      request.path === '/openapi' || request.path.startsWith('/openapi/') ? answer(request) : undefined,
    paths: () => ['/openapi/v2', '/openapi/v3', '/openapi/v3/'],
  };
}

/** The code that makes documents: clients keep what has a hash for ever, also when the next server says it otherwise. */
function ownSource(): string {
  const folder = new URL('.', import.meta.url);
  const files = readdirSync(folder).filter((name) => /\.[jt]s$/.test(name) && !name.includes('.test.'));
  return files
    .sort()
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
}

/** The words that `npm run generate` has put beside the types; none where it has not run. */
function generatedDescriptions(): Descriptions {
  const url = new URL('../../api/schema/generated/descriptions.json', import.meta.url);
  try {
    return JSON.parse(readFileSync(url, 'utf8')) as Descriptions;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}

/** `com.example.v1.Widget`. */
function customTypeName({ group, version, kind }: Gvk): string {
  return `${group.split('.').reverse().join('.')}.${version}.${kind}`;
}

function customResourceSchemas(row: ResourceRow, schema: Json | undefined): Record<string, Json> {
  const name = customTypeName(row);
  const ref = (type: string): Json => ({ $ref: `#/components/schemas/${type}` });
  const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
  const { group, version, kind } = row;
  const own = schema ?? { 'x-kubernetes-preserve-unknown-fields': true };
  return {
    [name]: {
      type: 'object',
      ...own,
      properties: {
        ...(own['properties'] as Json | undefined),
        apiVersion: { description: 'The version of the schema of this object.', type: 'string' },
        kind: { description: 'The REST resource this object represents.', type: 'string' },
        metadata: { description: "Standard object's metadata.", allOf: [ref(`${meta}.ObjectMeta`)] },
      },
      'x-kubernetes-group-version-kind': [{ group, kind, version }],
    },
    [`${name}List`]: {
      description: `${kind}List is a list of ${kind}`,
      type: 'object',
      required: ['items'],
      properties: {
        apiVersion: { description: 'The version of the schema of this object.', type: 'string' },
        items: { description: `List of ${row.plural}.`, type: 'array', items: ref(name) },
        kind: { description: 'The REST resource this object represents.', type: 'string' },
        metadata: { description: "Standard list's metadata.", allOf: [ref(`${meta}.ListMeta`)] },
      },
      'x-kubernetes-group-version-kind': [{ group, kind: `${kind}List`, version }],
    },
  };
}

interface DocumentFormat {
  /** Names by which clients ask for it, an old one among them. */
  readonly mediaTypes: readonly string[];
  readonly contentType: string;
  readonly encode: (document: Json) => Steps<Buffer>;
}

const json: DocumentFormat = {
  mediaTypes: ['application/json'],
  contentType: 'application/json',
  encode: jsonText,
};

function protobufOf(version: string, encode: DocumentFormat['encode']): DocumentFormat {
  const contentType = `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`;
  const oldName = `application/com.github.proto-openapi.spec.${version}@v1.0+protobuf`;
  return { mediaTypes: [oldName, contentType], contentType, encode };
}

const formatsOfV2 = [json, protobufOf('v2', gnosticV2)];
const formatsOfV3 = [json, protobufOf('v3', gnosticV3)];

/** Undefined where the client takes none of them. */
function formatFor(headers: RequestHeaders, formats: readonly DocumentFormat[]): DocumentFormat | undefined {
  for (const range of parseAccept(headers['accept'])) {
    const format = formats.find(({ mediaTypes }) => mediaTypes.some((mediaType) => takes(range, mediaType)));
    if (format) return format;
  }
  return undefined;
}

const sha = (text: string): string => createHash('sha512').update(text).digest('hex').toUpperCase();

function tagged(headers: RequestHeaders, bytes: Buffer, hash: string, more: Record<string, string> = {}): ApiResponse {
  const etag = `"${hash}"`;
  const all = { 'content-type': 'application/json', etag, vary: 'Accept', ...more };
  return matches(headers['if-none-match'], etag) ? respond(304, all, []) : respond(200, all, [bytes]);
}

const respond = (status: number, headers: Record<string, string>, chunks: readonly Uint8Array[]): ApiResponse => ({
  status,
  headers,
  body: { kind: 'bytes', chunks },
});

const notFound = (): ApiResponse =>
  respond(404, { 'content-type': 'text/plain; charset=utf-8' }, [Buffer.from('404 page not found\n')]);

/** Without a word, as upstream's handlers of documents do. */
const notAcceptable = (): ApiResponse => respond(406, { vary: 'Accept' }, []);
