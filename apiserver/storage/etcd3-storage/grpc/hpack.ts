import { decodeHuffman } from './huffman.ts';

export type Header = readonly [name: string, value: string];

/** Names and values that both sides know (RFC 7541, appendix A); the first has the index 1. */
const staticTable: readonly Header[] = `:authority
:method GET
:method POST
:path /
:path /index.html
:scheme http
:scheme https
:status 200
:status 204
:status 206
:status 304
:status 400
:status 404
:status 500
accept-charset
accept-encoding gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`
  .split('\n')
  .map((line) => {
    const [, name, value] = /^(\S+) ?(.*)$/.exec(line)!;
    return [name!, value!];
  });

/** A header block of literals that no table remembers: it means the same on every connection. */
export function encodeHeaders(headers: readonly Header[]): Buffer {
  return Buffer.concat(headers.flatMap(([name, value]) => [Buffer.of(0), encodeString(name), encodeString(value)]));
}

function encodeString(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1');
  return Buffer.concat([encodeInteger(bytes.length), bytes]);
}

/** With a prefix of seven bits. */
function encodeInteger(value: number): Buffer {
  if (value < 127) return Buffer.of(value);
  const bytes = [127];
  let rest = value - 127;
  for (; rest >= 128; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.of(...bytes, rest);
}

/**
 * The headers of a block from a peer that was told to keep no table (SETTINGS_HEADER_TABLE_SIZE 0), so that a block means
 * the same wherever it comes. Throws where it is not such a block.
 */
export function decodeHeaders(block: Buffer): Header[] {
  const headers: Header[] = [];
  const reader = new BlockReader(block);
  while (!reader.atEnd) {
    const first = reader.peek();
    if (first & 0x80) headers.push(staticEntry(reader.integer(7)));
    else if ((first & 0xe0) === 0x20) {
      if (reader.integer(5) > 0 || headers.length > 0) throw new Error('a table size that was not granted');
    } else {
      const index = reader.integer((first & 0xc0) === 0x40 ? 6 : 4);
      const name = index === 0 ? reader.string() : staticEntry(index)[0];
      headers.push([name, reader.string()]);
    }
  }
  return headers;
}

function staticEntry(index: number): Header {
  const entry = staticTable[index - 1];
  if (!entry) throw new Error(`header index ${index} is not in the table`);
  return entry;
}

class BlockReader {
  readonly #block: Buffer;
  #at = 0;

  constructor(block: Buffer) {
    this.#block = block;
  }

  get atEnd(): boolean {
    return this.#at === this.#block.length;
  }

  peek(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw new Error('a header block is cut off');
    return byte;
  }

  /** RFC 7541, 5.1. */
  integer(prefixBits: number): number {
    const full = 2 ** prefixBits - 1;
    let value = this.#next() & full;
    if (value < full) return value;
    for (let shift = 0; ; shift += 7) {
      if (shift > 21) throw new Error('a header integer is too large');
      const byte = this.#next();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  string(): string {
    const isHuffman = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const bytes = this.#block.subarray(this.#at, this.#at + length);
    if (bytes.length < length) throw new Error('a header block is cut off');
    this.#at += length;
    return (isHuffman ? decodeHuffman(bytes) : bytes).toString('latin1');
  }

  #next(): number {
    const byte = this.peek();
    this.#at++;
    return byte;
  }
}
