import { framedMessage } from './call-stream.ts';
import { readKeyValue, type KeyValue } from './kv-messages.ts';
import { bytesFieldBytes, numberFieldBytes, WireReader, wireTypes, WireWriter } from './wire-format.ts';

/** Of etcd's `rpc.proto` and `kv.proto`: what one watch asks and is answered, under their names. */
export interface WatchRequest {
  readonly key: Buffer;
  readonly rangeEnd: Buffer;
  readonly startRevision: number;
  readonly prevKv: boolean;
  /** Answers too large for one message come in several. */
  readonly fragment: boolean;
}

export interface WatchEvent {
  readonly type: 'put' | 'delete';
  readonly kv: KeyValue;
  readonly prevKv: KeyValue | undefined;
}

export interface WatchResponse {
  readonly canceled: boolean;
  /** Not zero where the watch was canceled because history before it is gone. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  /** More of the same answer comes in the next message. */
  readonly fragment: boolean;
  readonly events: readonly WatchEvent[];
}

const { varint, bytes } = wireTypes;
const tagOf = (field: number, type: number): number => (field << 3) | type;

/** The message that begins a watch, framed for gRPC. */
export function encodeWatch({ key, rangeEnd, startRevision, prevKv, fragment }: WatchRequest): Buffer {
  const length =
    bytesFieldBytes(key.length) +
    bytesFieldBytes(rangeEnd.length) +
    numberFieldBytes(startRevision) +
    numberFieldBytes(Number(prevKv)) +
    numberFieldBytes(Number(fragment));
  const framed = framedMessage(bytesFieldBytes(length));
  const writer = new WireWriter(framed, framedMessage.headerBytes);
  writer.message(1, length);
  writer.bytes(1, key);
  writer.bytes(2, rangeEnd);
  writer.number(3, startRevision);
  writer.number(6, Number(prevKv));
  writer.number(8, Number(fragment));
  return framed;
}

/** Throws where the message is malformed. */
export function decodeWatchResponse(message: Buffer): WatchResponse {
  const reader = new WireReader(message);
  const events: WatchEvent[] = [];
  let canceled = false;
  let compactRevision = 0;
  let cancelReason = '';
  let fragment = false;
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag === tagOf(11, bytes)) events.push(readEvent(reader));
    else if (tag === tagOf(4, varint)) canceled = reader.varint() === 1;
    else if (tag === tagOf(5, varint)) compactRevision = reader.varint();
    else if (tag === tagOf(6, bytes)) cancelReason = reader.bytes().toString();
    else if (tag === tagOf(7, varint)) fragment = reader.varint() === 1;
    else reader.skip(tag);
  }
  return { canceled, compactRevision, cancelReason, fragment, events };
}

function readEvent(reader: WireReader): WatchEvent {
  const outerEnd = reader.enter();
  let type: WatchEvent['type'] = 'put';
  let kv: KeyValue | undefined;
  let prevKv: KeyValue | undefined;
  while (!reader.atEnd) {
    const tag = reader.tag();
    if (tag === tagOf(1, varint)) type = reader.varint() === 1 ? 'delete' : 'put';
    else if (tag === tagOf(2, bytes)) kv = readKeyValue(reader);
    else if (tag === tagOf(3, bytes)) prevKv = readKeyValue(reader);
    else reader.skip(tag);
  }
  reader.leave(outerEnd);
  if (!kv) throw new Error('an event without a key');
  return { type, kv, prevKv };
}
