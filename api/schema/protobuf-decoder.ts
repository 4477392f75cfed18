/**
 * Reads API objects in Kubernetes' protobuf form (`application/vnd.kubernetes.protobuf`): four magic bytes, then a
 * `runtime.Unknown` with the type and the message. Field numbers come from the table of facts.
 */
import protobuf from 'protobufjs/minimal.js';
import { canonicaliseTime } from '../meta/time.ts';
import { setOwn } from './decode.ts';
import type { FieldFacts, SchemaTable } from './schema-table.ts';

const magic = Buffer.from('k8s\0', 'latin1');
const wireType = { varint: 0, lengthDelimited: 2 } as const;

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

export interface ProtobufDecoder {
  /** The message inside the envelope as the JSON value it stands for; fields at their zero value may stand in it. */
  decode(typeName: string, message: Uint8Array): Record<string, unknown>;
  /** A whole body, envelope and all, by the type it says it is; of one the table does not know only apiVersion and kind. */
  decodeBody(body: Uint8Array): Record<string, unknown>;
}

/** Takes the envelope off. */
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

type Read = (reader: protobuf.Reader, wire: number) => unknown;
type Field = {
  readonly name: string;
  readonly isList: boolean;
  /** Lists of numbers may come packed. */
  readonly isNumeric: boolean;
  readonly map?: Read;
  readonly read: Read;
};

/** Messages of types that the API writes as a scalar or as free JSON. */
const specialMessages: Readonly<Record<string, (message: Uint8Array) => unknown>> = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': (message) => readTime(message, false),
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': (message) => readTime(message, true),
  'io.k8s.apimachinery.pkg.api.resource.Quantity': (message) => readOne(message, (reader) => reader.string()) ?? '0',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': readIntOrString,
  'io.k8s.apimachinery.pkg.runtime.RawExtension': readJson,
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1': readJson,
};

/** A decoder over the table; types are prepared when they are first met. */
export function createProtobufDecoder(table: SchemaTable): ProtobufDecoder {
  const prepared = new Map<string, ReadonlyMap<number, Field>>();

  const fieldsOf = (typeName: string): ReadonlyMap<number, Field> => {
    let fields = prepared.get(typeName);
    if (!fields) {
      prepared.set(typeName, (fields = new Map()));
      for (const [name, facts] of Object.entries(table[typeName]?.fields ?? {}))
        if (facts.pb !== undefined) (fields as Map<number, Field>).set(facts.pb, prepare(name, facts));
    }
    return fields;
  };

  const prepare = (name: string, facts: FieldFacts): Field => {
    if (facts.t.startsWith('[]')) {
      const isNumeric = ['[]integer', '[]number', '[]boolean'].includes(facts.t);
      return { name, isList: true, isNumeric, read: readerOf(facts.t.slice(2), facts) };
    }
    if (!facts.t.startsWith('map:')) return { name, isList: false, isNumeric: false, read: readerOf(facts.t, facts) };
    const value = facts.t.slice(4);
    // A map from string to a list is a message with `items` on the wire (ExtraValue).
    const read = value.startsWith('[]')
      ? (reader: protobuf.Reader) => readAll(reader.bytes(), (inner) => inner.string())
      : readerOf(value, facts);
    return { name, isList: false, isNumeric: false, map: read, read };
  };

  const readerOf = (type: string, facts: FieldFacts): Read => {
    switch (type) {
      case 'string':
        return facts.format === 'byte' || facts.itemsFormat === 'byte' || facts.valuesFormat === 'byte'
          ? (reader) => Buffer.from(reader.bytes()).toString('base64')
          : (reader) => reader.string();
      case 'boolean':
        return (reader) => reader.bool();
      case 'integer':
        return (reader) => toNumber(reader.int64());
      case 'number':
        return (reader) => reader.double();
      default: {
        const special = specialMessages[type];
        return special ? (reader) => special(reader.bytes()) : (reader) => decode(type, reader.bytes());
      }
    }
  };

  const decode = (typeName: string, message: Uint8Array): Record<string, unknown> => {
    const fields = fieldsOf(typeName);
    const object: Record<string, unknown> = {};
    readFields(message, (number, reader, wire) => {
      const field = fields.get(number);
      if (!field) return false;
      if (field.map) {
        const entries = (object[field.name] ??= {}) as Record<string, unknown>;
        readMapEntry(reader.bytes(), field.map, entries);
      } else if (field.isList) {
        const list = (object[field.name] ??= []) as unknown[];
        if (field.isNumeric && wire === wireType.lengthDelimited) list.push(...readPacked(reader.bytes(), field.read));
        else list.push(field.read(reader, wire));
      } else {
        const value = field.read(reader, wire);
        if (value !== undefined) object[field.name] = value;
      }
      return true;
    });
    return object;
  };

  const decodeSafely = (typeName: string, message: Uint8Array): Record<string, unknown> => {
    try {
      return decode(typeName, message);
    } catch (error) {
      if (error instanceof ProtobufError) throw error;
      throw new ProtobufError((error as Error).message, { cause: error });
    }
  };
  return {
    decode: decodeSafely,
    decodeBody: (body) => {
      const { apiVersion, kind, raw } = readEnvelope(body);
      const typeName = typeNameOf(table, apiVersion, kind);
      return { ...(typeName === undefined ? {} : decodeSafely(typeName, raw)), apiVersion, kind };
    },
  };
}

function typeNameOf(table: SchemaTable, apiVersion: string, kind: string): string | undefined {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const isIt = ([g, v, k]: readonly [string, string, string]): boolean => g === group && v === version && k === kind;
  return Object.keys(table).find((name) => table[name]!.gvk?.some(isIt));
}

function readFields(
  message: Uint8Array,
  take: (number: number, reader: protobuf.Reader, wire: number) => boolean,
): void {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!take(tag >>> 3, reader, tag & 7)) reader.skipType(tag & 7);
  }
}

function readPacked(message: Uint8Array, read: Read): unknown[] {
  const reader = protobuf.Reader.create(message);
  const values: unknown[] = [];
  while (reader.pos < reader.len) values.push(read(reader, wireType.varint));
  return values;
}

function readMapEntry(message: Uint8Array, read: Read, into: Record<string, unknown>): void {
  let key = '';
  let value: unknown;
  readFields(message, (number, reader, wire) => {
    if (number === 1) key = reader.string();
    else if (number === 2) value = read(reader, wire);
    else return false;
    return true;
  });
  setOwn(into, key, value ?? '');
}

/** The value of field 1. */
function readOne<T>(message: Uint8Array, read: (reader: protobuf.Reader) => T): T | undefined {
  return readAll(message, read).at(-1);
}

function readAll<T>(message: Uint8Array, read: (reader: protobuf.Reader) => T): T[] {
  const values: T[] = [];
  readFields(message, (number, reader) => {
    if (number !== 1) return false;
    values.push(read(reader));
    return true;
  });
  return values;
}

function readTime(message: Uint8Array, isMicro: boolean): string | undefined {
  let seconds = 0;
  let nanos = 0;
  readFields(message, (number, reader) => {
    if (number === 1) seconds = toNumber(reader.int64());
    else if (number === 2) nanos = reader.int32();
    else return false;
    return true;
  });
  if (message.length === 0) return undefined; // the zero time is no time
  const text = canonicaliseTime(new Date(seconds * 1000).toISOString());
  return isMicro ? `${text.slice(0, -1)}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z` : text;
}

function readIntOrString(message: Uint8Array): number | string {
  let isString = false;
  let intVal = 0;
  let strVal = '';
  readFields(message, (number, reader) => {
    if (number === 1) isString = toNumber(reader.int64()) === 1;
    else if (number === 2) intVal = reader.int32();
    else if (number === 3) strVal = reader.string();
    else return false;
    return true;
  });
  return isString ? strVal : intVal;
}

function readJson(message: Uint8Array): unknown {
  const raw = readOne(message, (reader) => reader.bytes());
  return raw === undefined || raw.length === 0 ? undefined : (JSON.parse(Buffer.from(raw).toString('utf8')) as unknown);
}

/** 64-bit integers come as numbers, or as objects where a package for them is installed. */
function toNumber(value: unknown): number {
  return typeof value === 'number' ? value : Number(String(value));
}
