import { ApiError } from '../../api/meta/errors.ts';

export const representations = ['Object', 'Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const;
/** What shape an answer takes: the object itself, or a view of `meta.k8s.io`. */
export type Representation = (typeof representations)[number];
export type Format = 'json' | 'yaml';

export interface Negotiated {
  readonly format: Format;
  readonly pretty: boolean;
  readonly as: Representation;
  /** Version of meta.k8s.io for a view. */
  readonly metaVersion: string;
  readonly mediaType: string;
}

const plainJson: Negotiated = {
  format: 'json',
  pretty: false,
  as: 'Object',
  metaVersion: 'v1',
  mediaType: 'application/json',
};

const offered = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';
const offeredToWatch = 'application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch';

/** Which views an endpoint can give. */
export type Views = 'none' | 'object' | 'list';

/**
 * Chooses the answer's form from `Accept` as upstream does: the client's order by quality, a view only where the
 * endpoint has it.
 *
 * @throws ApiError NotAcceptable
 */
export function negotiate(
  accept: string | undefined,
  views: Views,
  subject: { readonly group: string; readonly kind: string },
): Negotiated {
  if (accept === undefined || accept === 'application/json' || accept === '*/*' || accept === '') return plainJson;
  const clauses = parseAccept(accept);
  for (const clause of clauses) {
    const format = formatOf(clause.type);
    if (!format) continue;
    refuseWrongView(clause.params, views, subject);
    const as = viewOf(clause.params, views);
    if (!as) continue;
    return {
      format,
      pretty: clause.params['pretty'] === '1',
      as: as.as,
      metaVersion: as.version,
      mediaType: format === 'json' ? 'application/json' : 'application/yaml',
    };
  }
  throw notAcceptable(clauses, offered, views === 'list' ? `${offered}, ${offeredToWatch}` : offered);
}

/** As `negotiate`, for a watch: JSON only, and each event's object may take a view. */
export function negotiateWatch(accept: string | undefined): Negotiated {
  if (accept === undefined || accept === 'application/json' || accept === '*/*' || accept === '') return plainJson;
  const clauses = parseAccept(accept);
  for (const clause of clauses) {
    if (formatOf(clause.type) !== 'json') continue;
    const as = viewOf(clause.params, 'object');
    if (as) return { ...plainJson, as: as.as, metaVersion: as.version };
  }
  throw notAcceptable(clauses, offeredToWatch, `${offered}, ${offeredToWatch}`);
}

/** Types that no route has are refused by the router, before who answers is asked. */
function notAcceptable(clauses: readonly Clause[], accepted: string, routed: string): ApiError {
  if (clauses.some(({ type }) => routed.split(', ').includes(type) || type === '*/*'))
    return new ApiError('NotAcceptable', `only the following media types are accepted: ${accepted}`);
  return new ApiError('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${routed}`, { details: {} });
}

type Clause = { type: string; params: Record<string, string>; quality: number };

function parseAccept(accept: string): Clause[] {
  const clauses = accept.split(',').map((text): Clause => {
    const [type = '', ...rest] = text.split(';');
    const params: Record<string, string> = {};
    for (const part of rest) {
      const equals = part.indexOf('=');
      if (equals > 0) params[part.slice(0, equals).trim().toLowerCase()] = part.slice(equals + 1).trim();
    }
    return { type: type.trim().toLowerCase(), params, quality: params['q'] === undefined ? 1 : Number(params['q']) };
  });
  return clauses.sort((a, b) => b.quality - a.quality);
}

function formatOf(type: string): Format | undefined {
  if (type === 'application/json' || type === '*/*' || type === 'application/*') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}

/** A view of a list asked of an object, or the other way round, is refused rather than passed over. */
function refuseWrongView(
  { as: view, g: group }: Record<string, string>,
  views: Views,
  subject: { readonly group: string; readonly kind: string },
): void {
  if (group !== 'meta.k8s.io') return;
  const type = `*${subject.group.split('.')[0] || 'core'}.${subject.kind}`;
  if (views === 'list' && view === 'PartialObjectMetadata')
    throw new ApiError('NotAcceptable', `you requested ${view}, but the requested object is a list (${type}List)`);
  if (views === 'object' && view === 'PartialObjectMetadataList')
    throw new ApiError('NotAcceptable', `you requested ${view}, but the requested object is not a list (${type})`);
}

function viewOf(
  params: Record<string, string>,
  views: Views,
): { readonly as: Representation; readonly version: string } | undefined {
  const kind = params['as'];
  if (!kind) return { as: 'Object', version: 'v1' };
  const version = params['v'] ?? '';
  if (params['g'] !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  if (views === 'none') return undefined;
  if (kind === 'Table') return { as: 'Table', version };
  if (kind === 'PartialObjectMetadata' && views === 'object') return { as: kind, version };
  if (kind === 'PartialObjectMetadataList' && views === 'list') return { as: kind, version };
  return undefined;
}
