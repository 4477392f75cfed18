/** The envelope of Kubernetes' protobuf form: four magic bytes, then a `runtime.Unknown` with the type and the message. */
import protobuf from 'protobufjs/minimal.js';

const magic = Buffer.from('k8s\0', 'latin1');
/** Content encoding and content type, both empty. */
const tail = Buffer.from([0x1a, 0x00, 0x22, 0x00]);

/** Not such a message, or a broken one; the message is upstream's where it has one. */
export class ProtobufError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ProtobufError';
  }
}

export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Buffer;
}

/** Takes the envelope off. @throws ProtobufError where there is none */
export function readEnvelope(body: Uint8Array): Envelope {
  if (body.length < magic.length || !magic.equals(body.subarray(0, magic.length)))
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  let apiVersion = '';
  let kind = '';
  let raw = Buffer.alloc(0);
  readFields(body.subarray(magic.length), (number, reader) => {
    if (number === 1) {
      readFields(reader.bytes(), (inner, innerReader) => {
        if (inner === 1) apiVersion = innerReader.string();
        else if (inner === 2) kind = innerReader.string();
        else return false;
        return true;
      });
    } else if (number === 2) raw = Buffer.from(reader.bytes());
    else return false;
    return true;
  });
  return { apiVersion, kind, raw };
}

/** Calls `take` for every field of a message; what it does not take (false) is passed over. */
export function readFields(
  message: Uint8Array,
  take: (number: number, reader: protobuf.Reader, wire: number) => boolean,
): void {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!take(tag >>> 3, reader, tag & 7)) reader.skipType(tag & 7);
  }
}

/** The ends of an envelope around a message of so many bytes. */
export interface EnvelopeEnds {
  readonly head: Buffer;
  readonly tail: Buffer;
}

/** What stands before and after a message of `messageBytes` bytes. */
export function envelopeEnds(
  type: { readonly apiVersion?: string; readonly kind?: string },
  messageBytes: number,
): EnvelopeEnds {
  const writer = protobuf.Writer.create();
  writer.uint32(0x0a).fork();
  writer.uint32(0x0a).string(type.apiVersion ?? '');
  writer.uint32(0x12).string(type.kind ?? '');
  writer.ldelim().uint32(0x12).uint32(messageBytes);
  return { head: Buffer.concat([magic, writer.finish()]), tail };
}

/** The message in its envelope, in one new buffer. */
export function wrapEnvelope(
  type: { readonly apiVersion?: string; readonly kind?: string },
  message: Uint8Array,
): Buffer {
  const ends = envelopeEnds(type, message.length);
  return Buffer.concat([ends.head, message, ends.tail]);
}

/** Tag and length of a field that holds `length` bytes: what a list writes before each item. */
export function fieldHead(number: number, length: number): Uint8Array {
  return protobuf.Writer.create()
    .uint32((number << 3) | 2)
    .uint32(length)
    .finish();
}
