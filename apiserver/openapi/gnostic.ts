import protobuf from 'protobufjs/minimal.js';
import { jsonToYaml } from '../../api/schema/yaml.ts';
import type { Steps } from './in-slices.ts';
import { openApiV2Messages, openApiV3Messages } from './gnostic-messages.ts';

type Json = Readonly<Record<string, unknown>>;
type Writer = protobuf.Writer;

interface Field {
  readonly key: string;
  readonly number: number;
  readonly type: string;
}

/** An OpenAPI v2 document as gnostic's `openapi.v2.Document`. */
export function gnosticV2(document: object): Steps<Buffer> {
  return encodeDocument(document as Json, openApiV2Messages, choicesOfV2);
}

/** An OpenAPI v3 document as gnostic's `openapi.v3.Document`. */
export function gnosticV3(document: object): Steps<Buffer> {
  return encodeDocument(document as Json, openApiV3Messages, choicesOfV3);
}

/** A message that holds one of several things: which field it is, and as what it is written. */
type Choose = (value: Json) => { readonly number: number; readonly type: string };
type Choices = Readonly<Record<string, Choose>>;

const refOr =
  (type: string): Choose =>
  (value) =>
    '$ref' in value ? { number: 2, type: 'Reference' } : { number: 1, type };

const choicesOfV2: Choices = {
  ParameterOrReference: (value) =>
    '$ref' in value ? { number: 2, type: 'Reference' } : { number: 1, type: 'Parameter' },
  Parameter: ({ in: place }) =>
    place === 'body' ? { number: 1, type: 'BodyParameter' } : { number: 2, type: 'NonBodyParameter' },
  NonBodyParameter: ({ in: place }) => {
    if (place === 'query') return { number: 3, type: 'QueryParameter' };
    return { number: place === 'path' ? 4 : place === 'formData' ? 2 : 1, type: 'OtherParameter' };
  },
  ResponseOrReference: refOr('Response'),
  ResponseSchema: () => ({ number: 1, type: 'Schema' }),
  SecurityDefinition: () => ({ number: 2, type: 'ApiKeySecurity' }),
};

const choicesOfV3: Choices = {
  ParameterOrReference: refOr('Parameter'),
  RequestBodyOrReference: refOr('RequestBody'),
  ResponseOrReference: refOr('Response'),
  SchemaOrReference: refOr('Schema'),
  SecuritySchemeOrReference: refOr('SecurityScheme'),
};

function* encodeDocument(document: Json, facts: string, choices: Choices): Steps<Buffer> {
  const messages = parseMessages(facts);
  const schemaType = 'SchemaOrReference' in choices ? 'SchemaOrReference' : 'Schema';
  // Few extensions differ: most say the type of a list.
  const yamlOf = new Map<string, string>();
  const toYaml = (value: unknown): string => {
    const key = JSON.stringify(value);
    let text = yamlOf.get(key);
    if (text === undefined) yamlOf.set(key, (text = jsonToYaml(value)));
    return text;
  };

  /** The inside of a message. */
  function write(writer: Writer, type: string, value: unknown): Writer {
    const choice = choices[type]?.(value as Json);
    if (choice) return field(writer, choice.number, choice.type, value);
    if (type.startsWith('{}')) return named(writer, 1, type.slice(2), Object.entries(value as Json));
    switch (type) {
      case 'Any':
        return writer.uint32(0x12).string(toYaml(value));
      case 'Strings':
      case 'StringArray':
        for (const text of [value].flat()) writer.uint32(0x0a).string(text as string);
        return writer;
      case 'Items':
        for (const schema of [value].flat()) field(writer, 1, schemaType, schema);
        return writer;
      case 'SchemaOrBool':
        return typeof value === 'boolean' ? writer.uint32(0x10).bool(value) : field(writer, 1, schemaType, value);
      case 'Default':
        if (typeof value === 'number') writer.uint32(0x09).double(value);
        else if (typeof value === 'boolean') writer.uint32(0x10).bool(value);
        else if (typeof value === 'string') writer.uint32(0x1a).string(value);
        return writer;
      default:
        return struct(writer, messages.get(type)!, value as Json);
    }
  }

  function struct(writer: Writer, { fields, keys }: Message, value: Json): Writer {
    const others = othersOf(keys, value);
    for (const one of fields) structField(writer, one, value, others);
    return writer;
  }

  function structField(writer: Writer, { key, number, type }: Field, value: Json, others: readonly Entry[]): void {
    if (key === 'x-') named(writer, number, 'Any', others.filter(isExtension));
    else if (key === '*') named(writer, number, type, others.filter(isNoExtension));
    else if (type.startsWith('[]'))
      for (const item of (value[key] ?? []) as unknown[]) field(writer, number, type.slice(2), item);
    else if (value[key] !== undefined && !(scalars.has(type) && !value[key])) field(writer, number, type, value[key]);
  }

  function field(writer: Writer, number: number, type: string, value: unknown): Writer {
    switch (type) {
      case 'string':
        return writer.uint32((number << 3) | 2).string(value as string);
      case 'bool':
        return writer.uint32(number << 3).bool(value as boolean);
      case 'int':
        return writer.uint32(number << 3).int64(value as number);
      case 'double':
        return writer.uint32((number << 3) | 1).double(value as number);
      default:
        writer.uint32((number << 3) | 2).fork();
        return write(writer, type === 'any' ? 'Any' : type, value).ldelim();
    }
  }

  function named(writer: Writer, number: number, type: string, entries: readonly Entry[]): Writer {
    for (const [name, value] of entries) {
      writer.uint32((number << 3) | 2).fork();
      field(writer.uint32(0x0a).string(name), 2, type, value).ldelim();
    }
    return writer;
  }

  /** The inside of a message that holds many, each of them written by itself. */
  function* pieces(type: string, value: Json): Steps<Uint8Array[]> {
    const made: Uint8Array[] = [];
    const isList = type.startsWith('{}');
    const { fields, keys } = isList ? { fields: [{ key: '*', number: 1, type: type.slice(2) }], keys: noKeys } : messages.get(type)!; // prettier-ignore
    const others = isList ? Object.entries(value) : othersOf(keys, value);
    for (const one of fields) {
      if (one.key === '*') {
        for (const entry of isList ? others : others.filter(isNoExtension)) {
          made.push(named(protobuf.Writer.create(), one.number, one.type, [entry]).finish());
          yield;
        }
      } else if (large.has(one.type) && value[one.key] !== undefined) {
        const inner = yield* pieces(one.type, value[one.key] as Json);
        const length = inner.reduce((sum, { byteLength }) => sum + byteLength, 0);
        made.push(protobuf.Writer.create().uint32((one.number << 3) | 2).uint32(length).finish(), ...inner); // prettier-ignore
      } else {
        const writer = protobuf.Writer.create();
        structField(writer, one, value, others);
        made.push(writer.finish());
      }
    }
    return made;
  }

  return Buffer.concat(yield* pieces('Document', document));
}

/** Messages whose entries make up nearly all of a document. */
const large: ReadonlySet<string> = new Set(['Paths', 'Components', '{}Schema', '{}SchemaOrReference']);
const noKeys: ReadonlySet<string> = new Set();

type Entry = readonly [string, unknown];
const isExtension = ([key]: Entry): boolean => key.startsWith('x-');
const isNoExtension = (entry: Entry): boolean => !isExtension(entry);

/** What no field of the message takes by its name. */
function othersOf(keys: ReadonlySet<string>, value: Json): readonly Entry[] {
  const others: Entry[] = [];
  for (const key of Object.keys(value)) if (!keys.has(key)) others.push([key, value[key]]);
  return others;
}

/** What says nothing is not written of these. */
const scalars: ReadonlySet<string> = new Set(['string', 'bool', 'int', 'double']);

interface Message {
  /** By number. */
  readonly fields: readonly Field[];
  readonly keys: ReadonlySet<string>;
}

function parseMessages(facts: string): Map<string, Message> {
  const messages = new Map<string, Message>();
  for (const line of facts.replaceAll('\n  ', ' ').trim().split('\n')) {
    const [name, list] = line.split(': ');
    const fields = list!.split(';').map((text): Field => {
      const [key, number, type] = text.trim().split(' ');
      return { key: key!, number: Number(number), type: type! };
    });
    fields.sort((a, b) => a.number - b.number);
    messages.set(name!, { fields, keys: new Set(fields.map(({ key }) => key)) });
  }
  return messages;
}
