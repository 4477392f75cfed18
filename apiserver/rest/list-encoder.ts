import { apiVersionOf, type ResourceRow } from '../../api/resources/define-resource.ts';
import type { ListMeta } from '../../api/schema/generated/meta-v1.ts';
import type { ApiResponse, ResponseSink } from '../request.ts';
import { jsonType } from '../server/responses.ts';
import type { CacheEntry } from '../storage/cache-entry.ts';
import { blockBytes } from './join-blocks.ts';

const metadataStart = '"metadata":{';
/** What stands around an item's stored bytes at most: comma, brace, resourceVersion. */
const itemExtraBytes = 48;
const comma = Buffer.from(',');

/**
 * A list answered from stored bytes. Built-in items stand without their kind and apiVersion, as upstream writes them;
 * a custom resource's keep them.
 */
export function listResponse(
  row: ResourceRow,
  entries: readonly CacheEntry[],
  meta: ListMeta,
  keepItemKinds = false,
): ApiResponse {
  const head = Buffer.from(
    `{"kind":${JSON.stringify(`${row.kind}List`)},"apiVersion":${JSON.stringify(apiVersionOf(row))},"metadata":${JSON.stringify(meta)},"items":[`,
  );
  const tail = Buffer.from(']}\n');
  const itemHead = Buffer.from(
    `{"kind":${JSON.stringify(row.kind)},"apiVersion":${JSON.stringify(apiVersionOf(row))},`,
  );
  const headers = { 'content-type': jsonType };
  const bytes = entries.reduce((sum, entry) => sum + entry.value.length, 0);
  if (bytes <= blockBytes) {
    const chunks: Buffer[] = [];
    encode(entries, itemHead, keepItemKinds, { head, tail }, (block) => {
      chunks.push(block);
      return undefined;
    });
    return { status: 200, headers, body: { kind: 'bytes', chunks } };
  }
  return {
    status: 200,
    headers,
    body: {
      kind: 'stream',
      write: (sink, signal) => stream(entries, itemHead, keepItemKinds, { head, tail }, sink, signal),
    },
  };
}

type Ends = { readonly head: Buffer; readonly tail: Buffer };

async function stream(
  entries: readonly CacheEntry[],
  itemHead: Buffer,
  keepKinds: boolean,
  ends: Ends,
  sink: ResponseSink,
  signal: AbortSignal,
): Promise<void> {
  const step = 256;
  for (let start = 0; start === 0 || start < entries.length; start += step) {
    if (signal.aborted) return;
    const part = entries.slice(start, start + step);
    let isSlow = false;
    encode(
      part,
      itemHead,
      keepKinds,
      { head: start === 0 ? ends.head : comma, tail: start + step >= entries.length ? ends.tail : empty },
      (block) => {
        if (!sink.write(block)) isSlow = true;
      },
    );
    if (isSlow) await sink.drained();
  }
}

const empty = Buffer.alloc(0);

/** Copies into blocks: one pass over the bytes, no string or buffer in between. */
function encode(
  entries: readonly CacheEntry[],
  itemHead: Buffer,
  keepKinds: boolean,
  { head, tail }: Ends,
  emit: (block: Buffer) => void,
): void {
  const metadataEnd = itemHead.length + metadataStart.length;
  const start = keepKinds ? 0 : itemHead.length;
  const opening = keepKinds ? '' : '{';
  let block = Buffer.allocUnsafe(blockSize(entries, head.length + tail.length));
  let used = head.copy(block);
  for (let i = 0; i < entries.length; i++) {
    const { value, modRevision } = entries[i]!;
    const bytes = value.length + itemExtraBytes;
    if (used + bytes > block.length) {
      emit(block.subarray(0, used));
      block = Buffer.allocUnsafe(Math.max(blockBytes, bytes));
      used = 0;
    }
    used += block.write(i === 0 ? opening : `,${opening}`, used, 'latin1');
    used += value.copy(block, used, start, metadataEnd);
    used += block.write(`"resourceVersion":"${modRevision}",`, used, 'latin1');
    used += value.copy(block, used, metadataEnd);
  }
  if (used + tail.length > block.length) {
    emit(block.subarray(0, used));
    block = Buffer.allocUnsafe(tail.length);
    used = 0;
  }
  used += tail.copy(block, used);
  if (used) emit(block.subarray(0, used));
}

/** A small list gets a block of its own size. */
function blockSize(entries: readonly CacheEntry[], endsBytes: number): number {
  let bytes = endsBytes;
  for (let i = 0; i < entries.length && bytes < blockBytes; i++) bytes += entries[i]!.value.length + itemExtraBytes;
  return Math.max(Math.min(bytes, blockBytes), endsBytes);
}
