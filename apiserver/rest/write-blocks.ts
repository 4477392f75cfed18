import type { ResponseSink } from '../request.ts';
import { aheadBytes, type BlockPool } from './block-pool.ts';

/** Writes blocks of the pool no faster than the client reads, and gives them back once they are sent. */
export async function writeBlocks(
  pool: BlockPool,
  blocks: Iterable<Buffer>,
  sink: ResponseSink,
  signal: AbortSignal,
): Promise<void> {
  for (const block of blocks) {
    if (signal.aborted) return;
    if (!sink.write(block, () => pool.give(block)) && sink.bufferedBytes >= aheadBytes) await sink.drained();
  }
}
