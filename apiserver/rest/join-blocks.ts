/** Bytes are handed on in blocks of this size: large enough for TLS and the system call, small enough to wait for. */
export const blockBytes = 256 * 1024;

/** Joins many small parts into few blocks, each made when it is asked for. */
export function* joinBlocks(parts: Iterable<Uint8Array>): Generator<Buffer> {
  let block = Buffer.allocUnsafe(blockBytes);
  let used = 0;
  for (const part of parts) {
    if (used + part.length > block.length) {
      if (used) yield block.subarray(0, used);
      block = Buffer.allocUnsafe(Math.max(blockBytes, part.length));
      used = 0;
    }
    block.set(part, used);
    used += part.length;
  }
  if (used) yield block.subarray(0, used);
}
