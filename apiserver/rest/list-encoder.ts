import { apiVersionOf, type ResourceRow } from '../../api/resources/define-resource.ts';
import type { ListMeta } from '../../api/schema/generated/meta-v1.ts';
import type { ApiResponse } from '../request.ts';
import { jsonType } from '../server/responses.ts';
import type { CacheEntry } from '../storage/cache-entry.ts';
import { blockBytes } from './block-pool.ts';
import type { RestDeps } from './rest-deps.ts';
import { writeBlocks } from './write-blocks.ts';

const metadataStart = '"metadata":{';
/** What stands around an item's stored bytes at most: comma, brace, resourceVersion. */
const itemExtraBytes = 48;

/**
 * A list answered from stored bytes. Built-in items stand without their kind and apiVersion, as upstream writes them;
 * a custom resource's keep them.
 */
export function listResponse(
  { blocks: pool }: Pick<RestDeps, 'blocks'>,
  row: ResourceRow,
  entries: readonly CacheEntry[],
  meta: ListMeta,
  keepItemKinds = false,
): ApiResponse {
  const type = `"apiVersion":${JSON.stringify(apiVersionOf(row))},`;
  const itemHead = `{"kind":${JSON.stringify(row.kind)},${type}`;
  const list: List = {
    entries,
    head: Buffer.from(
      `{"kind":${JSON.stringify(`${row.kind}List`)},${type}"metadata":${JSON.stringify(meta)},"items":[`,
    ),
    tail: Buffer.from(']}\n'),
    itemHead: `${keepItemKinds ? itemHead : '{'}${metadataStart}"resourceVersion":"`,
    skipBytes: Buffer.byteLength(itemHead) + metadataStart.length,
  };
  const headers = { 'content-type': jsonType };
  const bytes = sizeOf(list);
  if (bytes <= blockBytes) {
    const chunks = [...encode(list, () => Buffer.allocUnsafe(bytes))];
    return { status: 200, headers, body: { kind: 'bytes', chunks } };
  }
  const body = (): Iterable<Buffer> => encode(list, (size) => pool.take(size));
  return {
    status: 200,
    headers,
    body: { kind: 'stream', write: (sink, signal) => writeBlocks(pool, body(), sink, signal) },
  };
}

interface List {
  readonly entries: readonly CacheEntry[];
  readonly head: Buffer;
  readonly tail: Buffer;
  /** What an item begins with, up to its resourceVersion; of ASCII, as names of kinds are. */
  readonly itemHead: string;
  /** So many of an item's stored bytes are what `itemHead` stands for. */
  readonly skipBytes: number;
}

/** No less than a list takes. */
function sizeOf({ entries, head, tail }: List): number {
  let bytes = head.length + tail.length;
  for (let i = 0; i < entries.length; i++) bytes += entries[i]!.value.length + itemExtraBytes;
  return bytes;
}

/** Copies into blocks, each made when it is asked for: one pass over the bytes, no string or buffer in between. */
function* encode(list: List, take: (bytes: number) => Buffer): Generator<Buffer> {
  const { entries, head, tail, itemHead, skipBytes } = list;
  let block = take(head.length + tail.length);
  let used = head.copy(block);
  for (let i = 0; i < entries.length; i++) {
    const { value, modRevision } = entries[i]!;
    // The last has room for the end as well.
    const bytes = value.length + itemExtraBytes + tail.length;
    if (used + bytes > block.length) {
      yield block.subarray(0, used);
      block = take(bytes);
      used = 0;
    }
    used += block.write(`${i === 0 ? '' : ','}${itemHead}${modRevision}",`, used, 'latin1');
    used += value.copy(block, used, skipBytes);
  }
  used += tail.copy(block, used);
  yield block.subarray(0, used);
}
