/** Reads API objects in Kubernetes' protobuf form (`application/vnd.kubernetes.protobuf`). */
import protobuf from 'protobufjs/minimal.js';
import { canonicaliseTime } from '../meta/time.ts';
import { decodeStruct, setOwn } from './decode.ts';
import { ProtobufError, readEnvelope, readFields } from './protobuf-envelope.ts';
import { messageFields, type MessageField } from './protobuf-message.ts';
import type { StructPlan, ValuePlan } from './type-plan.ts';

const wireType = { varint: 0, lengthDelimited: 2 } as const;

export interface ProtobufDecoder {
  /** The message inside the envelope as the JSON value it stands for; fields at their zero value may stand in it. */
  decode(typeName: string, message: Uint8Array): Record<string, unknown>;
  /** A whole body, envelope and all, by the type it says it is; of one the table does not know only apiVersion and kind. */
  decodeBody(body: Uint8Array): Record<string, unknown>;
}

type Read = (reader: protobuf.Reader, wire: number) => unknown;
type Field = {
  readonly name: string;
  readonly isList: boolean;
  /** Lists of numbers may come packed. */
  readonly isNumeric: boolean;
  readonly isMap: boolean;
  /** Fields of an embedded struct, which belong to the outer object. */
  readonly embedded?: Fields;
  readonly read: Read;
};
type Fields = ReadonlyMap<number, Field>;

export interface ProtobufDecoderOptions {
  readonly plans: (typeName: string) => StructPlan | undefined;
  /** The type of a kind, for whole bodies. */
  readonly typeNameOf: (type: { readonly apiVersion: string; readonly kind: string }) => string | undefined;
}

/** A decoder over compiled types; readers are made when a type is first met. */
export function createProtobufDecoder({ plans, typeNameOf }: ProtobufDecoderOptions): ProtobufDecoder {
  const prepared = new Map<StructPlan, Fields>();

  const fieldsOf = (plan: StructPlan): Fields => {
    let fields = prepared.get(plan);
    if (!fields) prepared.set(plan, (fields = prepareAll(messageFields(plan))));
    return fields;
  };

  const prepareAll = (fields: readonly MessageField[]): Fields =>
    new Map(fields.map((field) => [field.number, prepare(field)]));

  const prepare = ({ name, value, isWrapped, isQuietZero, embedded }: MessageField): Field => {
    const field = { name, isList: false, isNumeric: false, isMap: false };
    if (embedded) return { ...field, embedded: prepareAll(embedded), read: () => undefined };
    if (value.kind === 'list') {
      const read = readerOf(value.item!);
      if (isWrapped) return { ...field, read: (reader) => readAll(reader.bytes(), (inner) => read(inner, 0)) };
      return { ...field, isList: true, isNumeric: numericKinds.has(value.item!.kind), read };
    }
    return value.kind === 'map'
      ? { ...field, isMap: true, read: readerOf(value.item!) }
      : { ...field, read: isQuietZero ? unlessZero(readerOf(value)) : readerOf(value) };
  };

  const readerOf = (value: ValuePlan): Read => {
    switch (value.kind) {
      case 'string':
        return (reader) => reader.string();
      case 'bytes':
        return (reader) => Buffer.from(reader.bytes()).toString('base64');
      case 'boolean':
        return (reader) => reader.bool();
      case 'integer':
        return (reader) => toNumber(reader.int64());
      case 'number':
        return (reader) => reader.double();
      case 'time':
        return (reader) => readTime(reader.bytes(), false);
      case 'microTime':
        return (reader) => readTime(reader.bytes(), true);
      case 'quantity':
        return (reader) => readOne(reader.bytes(), (inner) => inner.string()) ?? '0';
      case 'intOrString':
        return (reader) => readIntOrString(reader.bytes());
      case 'raw':
        return rawReader(value);
      case 'struct':
        return (reader) => decode(value.struct!(), reader.bytes());
      // As a map's value a list is a message with `items` (ExtraValue).
      case 'list':
      case 'map':
        return (reader) => readAll(reader.bytes(), (inner) => inner.string());
    }
  };

  /** Free JSON is kept as its text; three types of JSON schemas are one of two things, each a field. */
  const rawReader = ({ goType }: ValuePlan): Read => {
    const readSchema = (reader: protobuf.Reader): unknown => {
      const plan = plans(jsonSchemaProps)!;
      // Nobody looks into free JSON later on, so the zero values of this message go here.
      return decodeStruct(plan, decode(plan, reader.bytes())).object;
    };
    const readEither =
      (second: Read, first: Read): Read =>
      (reader) => {
        let single: unknown;
        let list: unknown[] | undefined;
        readFields(reader.bytes(), (number, inner, wire) => {
          if (number === 1) single = first(inner, wire);
          else if (number === 2) (list ??= []).push(second(inner, wire));
          else return false;
          return true;
        });
        return list ?? single;
      };
    switch (goType) {
      case 'v1.JSONSchemaPropsOrBool': {
        const read = readEither(readSchema, (inner) => inner.bool());
        return (reader, wire) => {
          const value = read(reader, wire);
          return Array.isArray(value) ? (value[0] as unknown) : value;
        };
      }
      case 'v1.JSONSchemaPropsOrArray':
        return readEither(readSchema, readSchema);
      case 'v1.JSONSchemaPropsOrStringArray':
        return readEither((inner) => inner.string(), readSchema);
      default:
        return (reader) => readJson(reader.bytes());
    }
  };

  const decode = (plan: StructPlan, message: Uint8Array): Record<string, unknown> => {
    const object: Record<string, unknown> = {};
    decodeInto(object, fieldsOf(plan), message);
    return object;
  };

  const decodeInto = (object: Record<string, unknown>, fields: Fields, message: Uint8Array): void => {
    readFields(message, (number, reader, wire) => {
      const field = fields.get(number);
      if (!field) return false;
      if (field.embedded) decodeInto(object, field.embedded, reader.bytes());
      else if (field.isMap) {
        const entries = (object[field.name] ??= {}) as Record<string, unknown>;
        readMapEntry(reader.bytes(), field.read, entries);
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
  };

  const decodeSafely = (typeName: string, message: Uint8Array): Record<string, unknown> => {
    const plan = plans(typeName);
    if (!plan) throw new Error(`the schema table has no type ${typeName}`);
    return orProtobufError(() => decode(plan, message));
  };
  return {
    decode: decodeSafely,
    decodeBody: (body) => {
      const { apiVersion, kind, raw } = orProtobufError(() => readEnvelope(body));
      const typeName = typeNameOf({ apiVersion, kind });
      return { ...(typeName === undefined ? {} : decodeSafely(typeName, raw)), apiVersion, kind };
    },
  };
}

/** What the reader of the wire format complains of is the sender's fault. */
function orProtobufError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtobufError) throw error;
    throw new ProtobufError((error as Error).message, { cause: error });
  }
}

const jsonSchemaProps = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
const unlessZero =
  (read: Read): Read =>
  (reader, wire) =>
    read(reader, wire) || undefined;

const numericKinds: ReadonlySet<string> = new Set(['integer', 'number', 'boolean']);

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
