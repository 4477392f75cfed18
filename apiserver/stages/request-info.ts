import { parseFieldSelector } from '../../api/meta/field-selector.ts';
import { isValidPathSegmentName } from '../../api/meta/names.ts';
import type { ApiRequest } from '../request.ts';

/** What a path and method ask for, as upstream's `RequestInfo`: authorization, metrics and dispatch all read this. */
export interface RequestInfo {
  /** API verb of a resource (`get`, `list`, `watch`, `create`…), else the lower-case HTTP method. */
  readonly verb: string;
  readonly isResource: boolean;
  /** Unescaped. */
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** The path from the resource on; more than three parts only for proxies. */
  readonly parts: readonly string[];
  /** True for the old `/watch/` paths: a watch however the query reads. */
  readonly isWatchPath: boolean;
}

const specialVerbs = new Set(['proxy', 'watch']);
const namespaceSubresources = new Set(['status', 'finalize']);
const verbByMethod: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** Splits as upstream does: unescaped first, and a slash at either end is no part. Undefined where an escape is broken. */
function splitPath(path: string): string[] | undefined {
  let plain = path;
  if (path.includes('%'))
    try {
      plain = decodeURIComponent(path);
    } catch {
      if (/%(?![0-9a-f]{2})/i.test(path)) return undefined;
      plain = bytesOf(path).toString();
    }
  let start = 0;
  let end = plain.length;
  // A regular expression would look at the slashes within again and again, and anybody may send many.
  while (start < end && plain[start] === '/') start++;
  while (end > start && plain[end - 1] === '/') end--;
  return start === end ? [] : plain.slice(start, end).split('/');
}

/** What escapes stand for that are no UTF-8. */
function bytesOf(path: string): Buffer {
  return Buffer.from(
    path.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    'latin1',
  );
}

/** Never throws: what cannot be understood is a path, and dispatch answers it with 404. */
export function requestInfoOf(request: Pick<ApiRequest, 'method' | 'path' | 'query'>): RequestInfo {
  const all = splitPath(request.path);
  const nonResource: RequestInfo = {
    verb: request.method.toLowerCase(),
    isResource: false,
    path: request.path,
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    parts: all ?? [],
    isWatchPath: false,
  };
  if (!all || all.length < 3 || (all[0] !== 'api' && all[0] !== 'apis')) return nonResource;
  if (all[0] === 'apis' && all.length < 4) return nonResource;
  const group = all[0] === 'api' ? '' : all[1]!;
  let parts = all[0] === 'api' ? all.slice(1) : all.slice(2);
  const version = parts[0]!;
  parts = parts.slice(1);
  let verb = verbByMethod[request.method] ?? '';
  const isWatchPath = parts[0] === 'watch';
  if (specialVerbs.has(parts[0]!)) {
    if (parts.length < 2) return nonResource;
    verb = parts[0]!;
    parts = parts.slice(1);
  }
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1]!;
    if (parts.length > 2 && !namespaceSubresources.has(parts[2]!)) parts = parts.slice(2);
  }
  const resource = parts[0] ?? '';
  let name = parts[1] ?? '';
  const subresource = specialVerbs.has(verb) ? '' : (parts[2] ?? '');
  if (name === '' && verb === 'get') verb = isTrue(request.query.get('watch')) ? 'watch' : 'list';
  if (name === '' && verb === 'delete') verb = 'deletecollection';
  if (name === '' && (verb === 'list' || verb === 'watch' || verb === 'deletecollection'))
    name = exactName(request.query.get('fieldSelector'));
  return {
    verb,
    isResource: true,
    path: request.path,
    group,
    version,
    namespace,
    resource,
    subresource,
    name,
    parts,
    isWatchPath,
  };
}

/** As Go's `ConvertSliceToBool`: absent, `0` and `false` are false, the rest is true. */
export function isTrue(value: string | null): boolean {
  return value !== null && value !== '0' && value.toLowerCase() !== 'false';
}

/** The name a list is narrowed to by `metadata.name=x`, so that authorization may grant just that. */
function exactName(fieldSelector: string | null): string {
  if (!fieldSelector) return '';
  let name: string | undefined;
  try {
    name = parseFieldSelector(fieldSelector).requiredValue('metadata.name');
  } catch {
    return ''; // whoever lists tells what is wrong with it
  }
  return name && isValidPathSegmentName(name).length === 0 ? name : '';
}
