import { setImmediate } from 'node:timers/promises';
import type { AnyObject } from '../../api/meta/object.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import type { ApiResponse, ResponseSink } from '../request.ts';
import type { ListedEntries } from './list.ts';
import type { Negotiated } from './negotiation.ts';
import { respondValue, viewOf } from './respond.ts';
import type { RestDeps } from './rest-deps.ts';
import type { RestRequest } from './rest-request.ts';
import { metadataOf, rowMaker, tableOf } from './table.ts';

/** Lists of up to so many objects are answered whole. */
const maxWhole = 200;
/** Work on a long list is cut into slices of this length, so that others get their turn. */
const sliceMs = 5;
const blockChars = 64 * 1024;

/** A list that takes a look into every object: a Table, metadata alone, another version, or a form for people. */
export function viewListResponse(
  deps: RestDeps,
  request: RestRequest,
  form: Negotiated,
  { entries, meta }: ListedEntries,
): ApiResponse {
  const { list, field, itemOf } = shapeOf(deps, request, form, meta);
  const itemAt = (index: number): unknown => itemOf(viewOf(request, entries[index]!.object() as AnyObject));
  if (entries.length <= maxWhole || form.format !== 'json' || form.pretty) {
    const items = entries.map((_, index) => itemAt(index));
    // Go's nil slice, which clients are used to.
    const isNil = items.length === 0 && form.as === 'PartialObjectMetadataList';
    return respondValue(deps, form, { ...list, [field]: isNil ? null : items });
  }
  const text = JSON.stringify({ ...list, [field]: [] });
  const ends = { head: text.slice(0, -2), tail: ']}\n' };
  return {
    status: 200,
    headers: { 'content-type': form.mediaType },
    body: {
      kind: 'stream',
      write: (sink, signal) => writeItems(deps, { count: entries.length, itemAt, ...ends }, sink, signal),
    },
  };
}

interface Shape {
  /** All but the items, which come last. */
  readonly list: Record<string, unknown>;
  readonly field: 'items' | 'rows';
  readonly itemOf: (object: AnyObject) => unknown;
}

function shapeOf(deps: RestDeps, request: RestRequest, form: Negotiated, meta: ListedEntries['meta']): Shape {
  if (form.as === 'Table') {
    const { rows: _rows, ...list } = tableOf(deps, request, [], form, meta);
    return { list, field: 'rows', itemOf: rowMaker(deps, request, form) };
  }
  if (form.as === 'PartialObjectMetadataList')
    return {
      list: { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${form.metaVersion}`, metadata: meta },
      field: 'items',
      itemOf: (object) => metadataOf(request.row, object, form),
    };
  return {
    list: { kind: `${request.row.kind}List`, apiVersion: apiVersionOf(request.row), metadata: meta },
    field: 'items',
    itemOf: ({ kind: _kind, apiVersion: _apiVersion, ...rest }) => rest,
  };
}

async function writeItems(
  { clock }: Pick<RestDeps, 'clock'>,
  list: {
    readonly count: number;
    readonly itemAt: (index: number) => unknown;
    readonly head: string;
    readonly tail: string;
  },
  sink: ResponseSink,
  signal: AbortSignal,
): Promise<void> {
  let text = list.head;
  let sliceEndMs = clock.monotonicMs() + sliceMs;
  for (let index = 0; index < list.count; index++) {
    text += `${index === 0 ? '' : ','}${JSON.stringify(list.itemAt(index))}`;
    if (text.length >= blockChars) {
      const isFast = sink.write(Buffer.from(text));
      text = '';
      if (!isFast) await sink.drained();
      if (signal.aborted) return;
    }
    if (clock.monotonicMs() < sliceEndMs) continue;
    await setImmediate();
    sliceEndMs = clock.monotonicMs() + sliceMs;
  }
  sink.write(Buffer.from(text + list.tail));
}
