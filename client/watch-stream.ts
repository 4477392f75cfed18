const newline = 10;

/**
 * Cuts a byte stream into lines as they become complete. Work is linear in the bytes, however large a line and however
 * small the pieces it comes in. A last line without its end is dropped: the connection ended within it.
 */
export async function* readLines(body: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let pieces: Buffer[] = [];
  for await (const chunk of body) {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      let line: string;
      if (pieces.length === 0) line = chunk.toString('utf8', start, end);
      else {
        pieces.push(chunk.subarray(start, end));
        line = Buffer.concat(pieces).toString('utf8');
        pieces = [];
      }
      if (line !== '') lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) pieces.push(start === 0 ? chunk : chunk.subarray(start));
    if (lines.length > 0) yield lines;
  }
}
