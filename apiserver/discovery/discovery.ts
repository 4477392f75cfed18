import { createHash } from 'node:crypto';
import { ApiError } from '../../api/meta/errors.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { resources } from '../../api/resources/index.ts';
import type { Codec } from '../../api/schema/codec.ts';
import { jsonToYaml } from '../../api/schema/yaml.ts';
import type { ApiResponse } from '../request.ts';
import { methodNotAllowed, noRepresentation, resourceNotFound } from '../rest/path-errors.ts';
import { formats, mediaTypes, offered, type Format } from '../server/formats.ts';
import {
  aggregatedDiscovery,
  apiGroup,
  apiGroupList,
  apiResourceList,
  apiVersions,
  groupsOf,
  type Group,
} from './documents.ts';
import { conversionOf, isRouted, parseAccept, takes, takesParams, type MediaRange } from '../server/media-type.ts';
import type { VersionInfo } from './version.ts';

export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface Discovery {
  /**
   * Answers `/api`, `/apis`, what lies below them to the version, and `/version`; undefined for any other path, which
   * is for others to answer. Throws ApiError: 406, 405 for what is no GET, 404 for versions of built-in groups.
   */
  handle(request: {
    readonly method: string;
    readonly path: string;
    readonly headers: RequestHeaders;
  }): ApiResponse | undefined;
  /** The paths it answers, sorted: for the index at `/`. */
  paths(): string[];
}

export interface DiscoveryOptions {
  /** A new array whenever the rows change, the same one as long as they do not: what is made of it is kept. */
  readonly getRows: () => readonly ResourceRow[];
  /** `host:port` that clients are told to use. */
  readonly serverAddress: string;
  readonly version: VersionInfo;
  readonly codec: Pick<Codec, 'encodeProtobuf'>;
}

const aggregatedParams = ';g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const builtInGroups: ReadonlySet<string> = new Set(resources.map((row) => row.group));
const isBuiltIn = (group: string): boolean => builtInGroups.has(group);

interface Form {
  readonly format: Format;
  readonly isAggregated: boolean;
}

/** Says what the API has. Documents are made when first asked for and kept until the rows change. */
export function createDiscovery(options: DiscoveryOptions): Discovery {
  let rows: readonly ResourceRow[] | undefined;
  let groups: Group[] = [];
  const made = new Map<string, { bytes: Buffer; etag: string }>();

  function refresh(): void {
    const now = options.getRows();
    if (now === rows) return;
    rows = now;
    groups = groupsOf(now, isBuiltIn);
    made.clear();
  }

  function documentFor(path: string): (() => object) | undefined {
    const [root, name, version, ...more] = path.slice(1).split('/');
    if (more.length > 0) return undefined;
    if (root === 'version' && name === undefined) return () => options.version;
    if (root === 'api') {
      if (name === undefined) return () => apiVersions(options.serverAddress);
      const core = groups.find((g) => g.name === '')?.versions.find((v) => v.version === name);
      return core && version === undefined ? () => apiResourceList(core) : undefined;
    }
    if (root !== 'apis') return undefined;
    if (name === undefined) return () => apiGroupList(groups);
    const group = groups.find((g) => g.name === name && name !== '');
    if (!group) return undefined;
    if (version === undefined) return () => apiGroup(group);
    const groupVersion = group.versions.find((v) => v.version === version);
    return groupVersion && (() => apiResourceList(groupVersion));
  }

  function aggregated(path: string): object {
    return aggregatedDiscovery(
      groups.filter((g) => (g.name === '') === (path === '/api')),
      isBuiltIn,
    );
  }

  function written(body: object, format: Format): Buffer {
    if (format === 'protobuf') return options.codec.encodeProtobuf(body);
    return Buffer.from(format === 'yaml' ? jsonToYaml(body) : `${JSON.stringify(body)}\n`);
  }

  /** `/apis/absent`, `/apis/apps/v9` and `/api/v1/watch`, which nobody else will answer either. */
  function absent(path: string): ApiResponse | undefined {
    const [root, name, ...rest] = path.slice(1).split('/');
    if ((root !== 'apis' && root !== 'api') || name === undefined) return undefined;
    if (root === 'api' || isBuiltIn(name)) throw resourceNotFound();
    if (rest.length > 1) return undefined;
    return {
      status: 404,
      headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
      body: { kind: 'bytes', chunks: [Buffer.from('404 page not found\n')] },
    };
  }

  return {
    handle({ method, path: asked, headers }) {
      refresh();
      const path = asked.length > 1 && asked.endsWith('/') ? asked.slice(0, -1) : asked;
      const document = documentFor(path);
      if (!document) return absent(path);
      // Upstream's handlers of /apis and of the groups below it do not look at the method, and stand behind no router.
      const isRoute = path !== '/apis' && !/^\/apis\/[^/]+$/.test(path);
      if (method !== 'GET' && isRoute) throw methodNotAllowed();
      const canAggregate = path === '/api' || path === '/apis';
      const produced = path === '/version' ? [mediaTypes.json] : Object.values(mediaTypes);
      if (isRoute && !isRouted(headers['accept'], produced)) throw noRepresentation(produced.join(', '));
      if (path === '/version') {
        const forPeople = JSON.stringify(document(), undefined, 2);
        return answer(200, { 'content-type': mediaTypes.json }, [Buffer.from(forPeople)]);
      }
      const { format, isAggregated } = formFor(headers, canAggregate);
      const key = `${format} ${isAggregated} ${path}`;
      let ready = made.get(key);
      if (!ready) {
        const bytes = written(isAggregated ? aggregated(path) : document(), format);
        ready = { bytes, etag: etagOf(bytes) };
        made.set(key, ready);
      }
      const shared: Record<string, string> = canAggregate ? { vary: 'Accept' } : {};
      if (!isAggregated) return answer(200, { 'content-type': mediaTypes[format], ...shared }, [ready.bytes]);
      const withTag = { 'content-type': `${mediaTypes[format]}${aggregatedParams}`, etag: ready.etag, ...shared };
      return matches(headers['if-none-match'], ready.etag)
        ? answer(304, withTag, [])
        : answer(200, withTag, [ready.bytes]);
    },

    paths() {
      refresh();
      const ofGroups = groups.flatMap((g) =>
        g.name === ''
          ? g.versions.map((v) => `/api/${v.version}`)
          : [`/apis/${g.name}`, ...g.versions.map((v) => `/apis/${g.name}/${v.version}`)],
      );
      return ['/api', '/apis', '/apis/', '/version', ...ofGroups].sort();
    },
  };
}

const answer = (status: number, headers: Record<string, string>, chunks: readonly Uint8Array[]): ApiResponse => ({
  status,
  headers,
  body: { kind: 'bytes', chunks },
});

function formFor(headers: RequestHeaders, canAggregate: boolean): Form {
  const ranges = parseAccept(headers['accept']);
  // Who takes the aggregated document gets it, wherever it stands among the others of the same quality.
  for (const isAggregated of canAggregate ? [true, false] : [false])
    for (const range of ranges) {
      if (isAggregated ? !asksAggregated(range) : conversionOf(range)) continue;
      const format = formats.find((each) => takes(range, mediaTypes[each]) && takesParams(range, mediaTypes[each]));
      if (format) return { format, isAggregated };
    }
  throw new ApiError('NotAcceptable', `only the following media types are accepted: ${offered}`);
}

function asksAggregated(range: MediaRange): boolean {
  const asked = conversionOf(range);
  return asked?.kind === 'APIGroupDiscoveryList' && asked.group === 'apidiscovery.k8s.io' && asked.version === 'v2';
}

/** A strong entity tag of the bytes. */
function etagOf(bytes: Uint8Array): string {
  return `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"`;
}

/** Does an `If-None-Match` header name the tag? Weak comparison, RFC 9110 §13.1.2. */
export function matches(header: string | string[] | undefined, etag: string): boolean {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text.split(',').some((each) => {
    const tag = each.trim().replace(/^W\//, '');
    return tag === etag || tag === '*';
  });
}
