import { blockBytes, type BlockPool } from './block-pool.ts';

/** Joins many small parts into few blocks of the pool, each made when it is asked for. */
export function* joinBlocks(pool: BlockPool, parts: Iterable<Uint8Array>): Generator<Buffer> {
  let block = pool.take();
  let used = 0;
  for (const part of parts) {
    if (used + part.length > block.length) {
      if (used) yield block.subarray(0, used);
      else pool.give(block);
      block = pool.take(Math.max(blockBytes, part.length));
      used = 0;
    }
    block.set(part, used);
    used += part.length;
  }
  if (used) yield block.subarray(0, used);
}
