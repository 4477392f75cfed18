/**
 * Writes API objects in Kubernetes' protobuf form, byte for byte as upstream's generated marshallers do: fields by number,
 * what Go holds by value always, what it holds by pointer where it is set, map entries by key.
 */
import { MessageWriter } from './message-writer.ts';
import { messageFields, type MessageField } from './protobuf-message.ts';
import type { StructPlan, ValuePlan } from './type-plan.ts';

type Json = Readonly<Record<string, unknown>>;
type Writer = MessageWriter;
/** Writes a value without its tag; one that is absent as its zero value. */
type WriteValue = (writer: Writer, value: unknown) => void;
type WriteField = (writer: Writer, object: Json) => void;

export interface ProtobufEncoder {
  /** The message of a value in canonical JSON shape, without an envelope. The type must be one that the plans know. */
  encode(typeName: string, object: object): Uint8Array;
}

const wire = { varint: 0, fixed64: 1, lengthDelimited: 2 } as const;
const nothing: Json = {};

/** An encoder over compiled types; writers are made when a type is first met. */
export function createProtobufEncoder(plans: (typeName: string) => StructPlan | undefined): ProtobufEncoder {
  const writers = new Map<StructPlan, readonly WriteField[]>();
  const writer = new MessageWriter();

  function writersOf(plan: StructPlan): readonly WriteField[] {
    let made = writers.get(plan);
    if (!made) {
      // Known before its fields are, so that types which contain themselves end.
      const list: WriteField[] = [];
      writers.set(plan, (made = list));
      list.push(...messageFields(plan).map(fieldWriter));
    }
    return made;
  }

  function fieldWriter(field: MessageField): WriteField {
    const { name, value, isAlways } = field;
    if (field.embedded) {
      const tag = (field.number << 3) | wire.lengthDelimited;
      const inner = field.embedded.map(fieldWriter);
      return (writer, object) => writeAll(inner, writer.uint32(tag).fork(), object).ldelim();
    }
    if (value.kind === 'list') return listWriter(field, value.item!);
    if (value.kind === 'map') return mapWriter(field, value.item!);
    const tag = (field.number << 3) | wireOf(value);
    const write = valueWriter(value);
    if (isAlways && value.kind !== 'bytes') return (writer, object) => write(writer.uint32(tag), object[name]);
    return (writer, object) => {
      const held = object[name];
      if (held !== undefined && held !== null) write(writer.uint32(tag), held);
    };
  }

  function listWriter({ name, number, isWrapped }: MessageField, item: ValuePlan): WriteField {
    const write = valueWriter(item);
    if (isWrapped) {
      const tag = (number << 3) | wire.lengthDelimited;
      return (writer, object) => {
        if (object[name]) writeItems(writer.uint32(tag).fork(), object[name] as unknown[], itemsTag, write).ldelim();
      };
    }
    const tag = (number << 3) | wireOf(item);
    return (writer, object) => {
      const list = object[name] as readonly unknown[] | undefined | null;
      if (list) writeItems(writer, list, tag, write);
    };
  }

  function mapWriter({ name, number }: MessageField, item: ValuePlan): WriteField {
    const tag = (number << 3) | wire.lengthDelimited;
    // A list as a map's value is a message with `items` (ExtraValue).
    const isList = item.kind === 'list';
    const valueTag = (2 << 3) | (isList ? wire.lengthDelimited : wireOf(item));
    const write: WriteValue = isList ? wrappedItems(valueWriter(item.item!)) : valueWriter(item);
    return (writer, object) => {
      const map = object[name] as Json | undefined | null;
      if (!map) return;
      for (const key of Object.keys(map).sort()) {
        writer.uint32(tag).fork().uint32(0x0a).string(key).uint32(valueTag);
        write(writer, map[key]);
        writer.ldelim();
      }
    };
  }

  function valueWriter(value: ValuePlan): WriteValue {
    if (value.kind === 'struct') {
      let fields: readonly WriteField[] | undefined;
      return (writer, held) => {
        fields ??= writersOf(value.struct!());
        writeAll(fields, writer.fork(), (held ?? nothing) as Json).ldelim();
      };
    }
    if (value.kind === 'raw') return rawWriter(value);
    return scalarWriters[value.kind as keyof typeof scalarWriters];
  }

  /** Free JSON is kept as its text; three types of JSON schemas are one of two things, each a field. */
  function rawWriter({ goType }: ValuePlan): WriteValue {
    const schema = (): readonly WriteField[] => writersOf(plans(jsonSchemaProps)!);
    const writeSchema = (writer: Writer, tag: number, held: unknown): Writer =>
      writeAll(schema(), writer.uint32(tag).fork(), held as Json).ldelim();
    switch (goType) {
      case 'v1.JSONSchemaPropsOrBool':
        return (writer, held) => {
          writer
            .fork()
            .uint32(0x08)
            .bool(held !== false);
          if (typeof held === 'object' && held !== null) writeSchema(writer, 0x12, held);
          writer.ldelim();
        };
      case 'v1.JSONSchemaPropsOrArray':
        return (writer, held) => {
          writer.fork();
          if (Array.isArray(held)) for (const each of held) writeSchema(writer, 0x12, each);
          else writeSchema(writer, 0x0a, held);
          writer.ldelim();
        };
      case 'v1.JSONSchemaPropsOrStringArray':
        return (writer, held) => {
          writer.fork();
          if (Array.isArray(held)) writeItems(writer, held, 0x12, (w, text) => w.string(text as string));
          else writeSchema(writer, 0x0a, held);
          writer.ldelim();
        };
      default:
        return (writer, held) => {
          writer.fork();
          if (held !== undefined) writer.uint32(0x0a).string(JSON.stringify(held));
          writer.ldelim();
        };
    }
  }

  return {
    encode: (typeName, object) => {
      const plan = plans(typeName);
      if (!plan) throw new Error(`the schema table has no type ${typeName}`);
      // A message that failed may have been left in the middle.
      writer.reset();
      return writeAll(writersOf(plan), writer, object as Json).finish();
    },
  };
}

const jsonSchemaProps = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
const itemsTag = 0x0a;

function writeAll(fields: readonly WriteField[], writer: Writer, object: Json): Writer {
  for (const write of fields) write(writer, object);
  return writer;
}

function writeItems(writer: Writer, list: readonly unknown[], tag: number, write: WriteValue): Writer {
  for (const item of list) write(writer.uint32(tag), item);
  return writer;
}

const wrappedItems =
  (write: WriteValue): WriteValue =>
  (writer, list) => {
    writeItems(writer.fork(), (list ?? []) as unknown[], itemsTag, write).ldelim();
  };

function wireOf({ kind }: ValuePlan): number {
  if (kind === 'integer' || kind === 'boolean') return wire.varint;
  return kind === 'number' ? wire.fixed64 : wire.lengthDelimited;
}

const scalarWriters = {
  string: (writer, value) => writer.string((value as string | undefined) ?? ''),
  integer: (writer, value) => writeInteger(writer, (value as number | undefined) ?? 0),
  number: (writer, value) => writer.double((value as number | undefined) ?? 0),
  boolean: (writer, value) => writer.bool(value === true),
  bytes: (writer, value) => writer.bytes(Buffer.from(value as string, 'base64')),
  time: (writer, value) => writeTime(writer, value as string | undefined, 0),
  microTime: (writer, value) => writeTime(writer, value as string | undefined, nanosOf(value as string | undefined)),
  quantity: (writer, value) =>
    writer
      .fork()
      .uint32(0x0a)
      .string((value as string | undefined) ?? '0')
      .ldelim(),
  intOrString: (writer, value) => {
    const isText = typeof value === 'string';
    writer.fork().uint32(0x08).bool(isText).uint32(0x10);
    writeInteger(writer, isText ? 0 : ((value as number | undefined) ?? 0));
    writer
      .uint32(0x1a)
      .string(isText ? value : '')
      .ldelim();
  },
} as const satisfies Record<string, WriteValue>;

function writeInteger(writer: Writer, value: number): void {
  if (value >= 0 && value <= 0xffffffff) writer.uint32(value);
  else writer.int64(value);
}

/** Seconds since 1970 and nanoseconds; the zero time is an empty message. */
function writeTime(writer: Writer, text: string | undefined | null, nanos: number): void {
  writer.fork();
  const ms = text ? Date.parse(text) : NaN;
  if (!Number.isNaN(ms)) {
    writer.uint32(0x08);
    writeInteger(writer, Math.floor(ms / 1000));
    writer.uint32(0x10).uint32(nanos);
  }
  writer.ldelim();
}

function nanosOf(text: string | undefined | null): number {
  const fraction = text ? /\.(\d{1,9})/.exec(text) : null;
  return fraction ? Number(fraction[1]!.padEnd(6, '0').slice(0, 6)) * 1000 : 0;
}
