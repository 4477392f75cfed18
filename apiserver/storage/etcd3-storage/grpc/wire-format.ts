/**
 * Protocol buffers' wire format, as far as etcd's KV service needs it: varints and length-delimited fields. Numbers above
 * 2^53 lose their last bits, which no revision reaches; negative ones do not occur.
 */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** How many bytes the number takes as a varint. */
export function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) bytes++;
  return bytes;
}

/** What `bytes` take up as a field with a number below 16. */
export function bytesFieldBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

/** What a number takes up as a field with a number below 16; fields that are zero are left out. */
export function numberFieldBytes(value: number): number {
  return value === 0 ? 0 : 1 + varintBytes(value);
}

/** Writes fields with numbers below 16 one after the other into a buffer that is large enough. */
export class WireWriter {
  readonly buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at: number) {
    this.buffer = buffer;
    this.#at = at;
  }

  /** The head of a message of `length` bytes, which come next. */
  message(field: number, length: number): void {
    this.buffer[this.#at++] = (field << 3) | wireTypes.bytes;
    this.#varint(length);
  }

  bytes(field: number, bytes: Uint8Array): void {
    this.message(field, bytes.length);
    this.buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Leaves zero out, as it is what a missing field means. */
  number(field: number, value: number): void {
    if (value === 0) return;
    this.buffer[this.#at++] = (field << 3) | wireTypes.varint;
    this.#varint(value);
  }

  /** A number that is encoded already. */
  varint(field: number, encoded: Uint8Array): void {
    this.buffer[this.#at++] = (field << 3) | wireTypes.varint;
    this.buffer.set(encoded, this.#at);
    this.#at += encoded.length;
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest >= 2 ** 31; rest = Math.floor(rest / 128)) this.buffer[this.#at++] = (rest % 128) | 128;
    for (; rest >= 128; rest >>>= 7) this.buffer[this.#at++] = (rest & 127) | 128;
    this.buffer[this.#at++] = rest;
  }
}

/** Reads fields one after the other. Throws where the message is cut off. */
export class WireReader {
  readonly #buffer: Buffer;
  #at: number;
  #end: number;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
    this.#at = 0;
    this.#end = buffer.length;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** The tag of the next field: its number times eight, and its wire type. */
  tag(): number {
    return this.varint();
  }

  varint(): number {
    let byte = this.#byte();
    if (byte < 128) return byte;
    let value = byte & 127;
    let scale = 128;
    do {
      byte = this.#byte();
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte >= 128);
    return value;
  }

  /** A view of the field's bytes. */
  bytes(): Buffer {
    const length = this.varint();
    const from = this.#at;
    this.#skipBytes(length);
    return this.#buffer.subarray(from, this.#at);
  }

  /** Begins to read a message within the message: it ends the reader until `leave`, which takes what this returned. */
  enter(): number {
    const length = this.varint();
    const outerEnd = this.#end;
    if (this.#at + length > outerEnd) throw cutOff();
    this.#end = this.#at + length;
    return outerEnd;
  }

  leave(outerEnd: number): void {
    this.#end = outerEnd;
  }

  skip(tag: number): void {
    switch (tag & 7) {
      case wireTypes.varint:
        this.varint();
        return;
      case wireTypes.bytes:
        return this.#skipBytes(this.varint());
      case wireTypes.fixed64:
        return this.#skipBytes(8);
      case wireTypes.fixed32:
        return this.#skipBytes(4);
      default:
        throw new Error(`wire type ${tag & 7} is not known`);
    }
  }

  #skipBytes(length: number): void {
    if (this.#at + length > this.#end) throw cutOff();
    this.#at += length;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw cutOff();
    return this.#buffer[this.#at++]!;
  }
}

function cutOff(): Error {
  return new Error('a message is cut off');
}
