import { ApiError } from '../../api/meta/errors.ts';
import { formats, mediaTypes, offered, type Format } from '../server/formats.ts';
import { conversionOf, isRouted, parseAccept, takes, takesParams, type MediaRange } from '../server/media-type.ts';
import { noRepresentation } from './path-errors.ts';

export const representations = ['Object', 'Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'] as const;
/** What shape an answer takes: the object itself, or a view of `meta.k8s.io`. */
export type Representation = (typeof representations)[number];

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
  mediaType: mediaTypes.json,
};

const offeredToWatch = `${mediaTypes.json};stream=watch, ${mediaTypes.protobuf};stream=watch`;

/** Which views an endpoint can give. A watch takes those of an object and of a list. */
export type Views = 'none' | 'object' | 'list' | 'watch';

export interface Subject {
  readonly group: string;
  readonly kind: string;
  /** False for custom resources, whose objects have no messages; their metadata has. */
  readonly hasProtobuf: boolean;
}

/**
 * Chooses the answer's form from `Accept` as upstream does: the client's order, a view only where the endpoint has it.
 *
 * @throws ApiError NotAcceptable
 */
export function negotiate(accept: string | undefined, views: Views, subject: Subject): Negotiated {
  if (accept === undefined || accept === mediaTypes.json || accept === '*/*' || accept === '') return plainJson;
  const ranges = parseAccept(accept);
  for (const range of ranges) {
    for (const format of formats) {
      if (!takes(range, mediaTypes[format])) continue;
      if (isWildcard(range) && !isRouted(accept, Object.values(mediaTypes))) throw notRouted(views);
      if (!takesParams(range, mediaTypes[format])) continue;
      refuseWrongView(range.params, views, subject);
      const as = viewOf(range, views);
      if (!as || !canShow(as.as, format, subject)) continue;
      return {
        format,
        pretty: range.params['pretty'] === '1',
        as: as.as,
        metaVersion: as.version,
        mediaType: mediaTypes[format],
      };
    }
  }
  throw notAcceptable(accept, offered, views);
}

/** As `negotiate`, for a watch: each event's object may take a view, and YAML has no stream. */
export function negotiateWatch(accept: string | undefined, subject: Subject): Negotiated {
  if (accept === undefined || accept === mediaTypes.json || accept === '*/*' || accept === '') return plainJson;
  const ranges = parseAccept(accept);
  for (const range of ranges) {
    for (const format of formats) {
      if (!takes(range, mediaTypes[format])) continue;
      if (isWildcard(range) && !isRouted(accept, Object.values(mediaTypes))) throw notRouted('watch');
      if (!takesParams(range, mediaTypes[format])) continue;
      const as = viewOf(range, 'watch');
      if (!as || !canShow(as.as, format, subject)) continue;
      if (format === 'yaml') throw notAcceptable(accept, offeredToWatch, 'watch');
      const mediaType = format === 'json' ? mediaTypes.json : `${mediaTypes.protobuf};stream=watch`;
      return { ...plainJson, format, as: as.as, metaVersion: as.version, mediaType };
    }
  }
  throw notAcceptable(accept, offeredToWatch, 'watch');
}

/** Tables hold any JSON in their cells, so they have no message; objects of custom resources have none either. */
function canShow(as: Representation, format: Format, { hasProtobuf }: Subject): boolean {
  if (format !== 'protobuf') return true;
  return as === 'Object' ? hasProtobuf : as !== 'Table';
}

function notAcceptable(accept: string, accepted: string, views: Views): ApiError {
  return isRouted(accept, Object.values(mediaTypes))
    ? new ApiError('NotAcceptable', `only the following media types are accepted: ${accepted}`)
    : notRouted(views);
}

/** Types that no route has are refused by the router, before who answers is asked. */
function notRouted(views: Views): ApiError {
  const produced = views === 'list' || views === 'watch' ? `${offered}, ${offeredToWatch}` : offered;
  return noRepresentation(produced);
}

const isWildcard = ({ type }: MediaRange): boolean => type.endsWith('*');

/** A view of a list asked of an object, or the other way round, is refused rather than passed over. */
function refuseWrongView(
  { as: view, g: group }: Readonly<Record<string, string>>,
  views: Views,
  subject: Subject,
): void {
  if (group !== 'meta.k8s.io') return;
  const type = `*${subject.group.split('.')[0] || 'core'}.${subject.kind}`;
  if (views === 'list' && view === 'PartialObjectMetadata')
    throw new ApiError('NotAcceptable', `you requested ${view}, but the requested object is a list (${type}List)`);
  if (views === 'object' && view === 'PartialObjectMetadataList')
    throw new ApiError('NotAcceptable', `you requested ${view}, but the requested object is not a list (${type})`);
}

function viewOf(
  range: MediaRange,
  views: Views,
): { readonly as: Representation; readonly version: string } | undefined {
  const conversion = conversionOf(range);
  if (!conversion) return { as: 'Object', version: 'v1' };
  const { kind, group, version } = conversion;
  if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  if (views === 'none') return undefined;
  if (kind === 'Table') return { as: 'Table', version };
  if (kind === 'PartialObjectMetadata' && views !== 'list') return { as: kind, version };
  if (kind === 'PartialObjectMetadataList' && views !== 'object') return { as: kind, version };
  return undefined;
}
