import { framedMessage } from './unary-stream.ts';
import { bytesFieldBytes, numberFieldBytes, WireReader, wireTypes, WireWriter } from './wire-format.ts';

/** Of etcd's `rpc.proto` and `kv.proto`: what the store asks and is answered, under their names. */
export interface RangeRequest {
  readonly key: Buffer;
  readonly rangeEnd?: Buffer;
  readonly limit?: number;
  readonly revision?: number;
  readonly keysOnly?: boolean;
}

export interface KeyValue {
  readonly key: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  /** A view of the answer it came in. */
  readonly value: Buffer;
}

export interface RangeResponse {
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  readonly count: number;
}

/** A transaction: where the key's mod revision is as expected it is put or deleted, otherwise read. */
export interface SwapRequest {
  readonly key: Buffer;
  readonly expectedRevision: number;
  /** Missing: the key is deleted. */
  readonly put?: { readonly value: Uint8Array; readonly lease?: bigint };
}

export interface SwapResponse {
  readonly revision: number;
  readonly succeeded: boolean;
  /** What is there, where it did not succeed. */
  readonly current: KeyValue | undefined;
}

const compareTargetMod = 2;

/** The message, framed for gRPC. */
export function encodeRange({ key, rangeEnd, limit = 0, revision = 0, keysOnly }: RangeRequest): Buffer {
  const length =
    bytesFieldBytes(key.length) +
    (rangeEnd ? bytesFieldBytes(rangeEnd.length) : 0) +
    numberFieldBytes(limit) +
    numberFieldBytes(revision) +
    (keysOnly ? 2 : 0);
  const framed = framedMessage(length);
  const writer = new WireWriter(framed, framedMessage.headerBytes);
  writer.bytes(1, key);
  if (rangeEnd) writer.bytes(2, rangeEnd);
  writer.number(3, limit);
  writer.number(4, revision);
  if (keysOnly) writer.number(8, 1);
  return framed;
}

/** The message, framed for gRPC. */
export function encodeSwap({ key, expectedRevision, put }: SwapRequest): Buffer {
  const lease = put?.lease === undefined ? noBytes : bigVarint(put.lease);
  const keyBytes = bytesFieldBytes(key.length);
  const compareLength = 2 + keyBytes + numberFieldBytes(expectedRevision);
  const changeLength =
    keyBytes + (put ? bytesFieldBytes(put.value.length) : 0) + (lease.length > 0 ? 1 + lease.length : 0);
  const successLength = bytesFieldBytes(changeLength);
  const failureLength = bytesFieldBytes(keyBytes);
  const framed = framedMessage(
    bytesFieldBytes(compareLength) + bytesFieldBytes(successLength) + bytesFieldBytes(failureLength),
  );
  const writer = new WireWriter(framed, framedMessage.headerBytes);
  writer.message(1, compareLength);
  writer.number(2, compareTargetMod);
  writer.bytes(3, key);
  writer.number(6, expectedRevision);

  writer.message(2, successLength);
  writer.message(put ? 2 : 3, changeLength);
  writer.bytes(1, key);
  if (put) {
    writer.bytes(2, put.value);
    if (lease.length > 0) writer.varint(3, lease);
  }

  writer.message(3, failureLength);
  writer.message(1, keyBytes);
  writer.bytes(1, key);
  return framed;
}

/** Ids of leases have 63 bits. */
function bigVarint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.of(...bytes, Number(rest));
}

const noBytes: Buffer = Buffer.alloc(0);
const { varint, bytes } = wireTypes;
const tagOf = (field: number, type: number): number => (field << 3) | type;

/** Throws where the message is malformed, as `decodeSwap` does. */
export function decodeRange(message: Buffer): RangeResponse {
  return readRange(new WireReader(message));
}

/** The answer to a transaction that compares and writes one key. */
export function decodeSwap(message: Buffer): SwapResponse {
  const reader = new WireReader(message);
  let revision = 0;
  let succeeded = false;
  let current: KeyValue | undefined;
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag === tagOf(1, bytes)) revision = readRevision(reader);
    else if (tag === tagOf(2, varint)) succeeded = reader.varint() === 1;
    else if (tag === tagOf(3, bytes) && !succeeded) current = readReadValue(reader);
    else reader.skip(tag);
  }
  return { revision, succeeded, current };
}

/** The value in the answer of the read that a transaction makes instead of its change. */
function readReadValue(reader: WireReader): KeyValue | undefined {
  const outerEnd = reader.enter();
  let value: KeyValue | undefined;
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag !== tagOf(1, bytes)) {
      reader.skip(tag);
      continue;
    }
    const end = reader.enter();
    value = readRange(reader).kvs[0];
    reader.leave(end);
  }
  reader.leave(outerEnd);
  return value;
}

function readRange(reader: WireReader): RangeResponse {
  const kvs: KeyValue[] = [];
  let revision = 0;
  let more = false;
  let count = 0;
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag === tagOf(1, bytes)) revision = readRevision(reader);
    else if (tag === tagOf(2, bytes)) kvs.push(readKeyValue(reader));
    else if (tag === tagOf(3, varint)) more = reader.varint() === 1;
    else if (tag === tagOf(4, varint)) count = reader.varint();
    else reader.skip(tag);
  }
  return { revision, kvs, more, count };
}

function readRevision(reader: WireReader): number {
  const outerEnd = reader.enter();
  let revision = 0;
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag === tagOf(3, varint)) revision = reader.varint();
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return revision;
}

function readKeyValue(reader: WireReader): KeyValue {
  const outerEnd = reader.enter();
  let key = noBytes;
  let value = noBytes;
  let createRevision = 0;
  let modRevision = 0;
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag === tagOf(1, bytes)) key = reader.bytes();
    else if (tag === tagOf(2, varint)) createRevision = reader.varint();
    else if (tag === tagOf(3, varint)) modRevision = reader.varint();
    else if (tag === tagOf(5, bytes)) value = reader.bytes();
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  return { key, createRevision, modRevision, value };
}
