import { envelopeEnds, fieldHead } from '../../api/schema/protobuf-envelope.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import type { ListMeta } from '../../api/schema/generated/meta-v1.ts';
import type { ApiResponse } from '../request.ts';
import { mediaTypes } from '../server/formats.ts';
import { bytesResponse } from '../server/responses.ts';
import type { CacheEntry } from '../storage/cache-entry.ts';
import { blockBytes } from './block-pool.ts';
import { joinBlocks } from './join-blocks.ts';
import type { Negotiated } from './negotiation.ts';
import { createProtobufMessages, messagesOf } from './protobuf-messages.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { writeBlocks } from './write-blocks.ts';

const listMetaType = 'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta';

/** A list, whole or of metadata only, as one protobuf message joined from those of its items. */
export async function protobufListResponse(
  deps: RestDeps,
  request: RestRequest,
  form: Negotiated,
  entries: readonly CacheEntry[],
  meta: ListMeta,
): Promise<ApiResponse> {
  const items = await messagesOf(createProtobufMessages(deps, request, form), entries, request.http.signal);
  const isPartial = form.as === 'PartialObjectMetadataList';
  const type = isPartial
    ? { apiVersion: `meta.k8s.io/${form.metaVersion}`, kind: form.as }
    : { apiVersion: apiVersionOf(request.row), kind: `${request.row.kind}List` };
  // The first version of this one list has its two fields the other way round.
  const [metaNumber, itemsNumber] = isPartial && form.metaVersion === 'v1beta1' ? [2, 1] : [1, 2];
  const metadata = deps.codec.encodeMessage(listMetaType, meta);
  const metaParts = [fieldHead(metaNumber, metadata.length), metadata];
  const itemParts = items.flatMap((item) => [fieldHead(itemsNumber, item.length), item]);
  const parts = metaNumber < itemsNumber ? [...metaParts, ...itemParts] : [...itemParts, ...metaParts];
  const ends = envelopeEnds(
    type,
    parts.reduce((sum, part) => sum + part.length, 0),
  );
  const whole = [ends.head, ...parts, ends.tail];
  const bytes = whole.reduce((sum, part) => sum + part.length, 0);
  if (bytes <= blockBytes) return bytesResponse(200, mediaTypes.protobuf, Buffer.concat(whole, bytes));
  return {
    status: 200,
    headers: { 'content-type': mediaTypes.protobuf },
    body: {
      kind: 'stream',
      write: (sink, signal) => writeBlocks(deps.blocks, joinBlocks(deps.blocks, whole), sink, signal),
    },
  };
}
