import type { AnyObject } from '../meta/object.ts';
import { decodeStruct } from './decode.ts';
import { encodeObject, encodeStruct } from './encode.ts';
import { createProtobufDecoder } from './protobuf-decoder.ts';
import { createProtobufEncoder } from './protobuf-encoder.ts';
import { ProtobufError, wrapEnvelope } from './protobuf-envelope.ts';
import type { SchemaTable } from './schema-table.ts';
import { createPlans, type StructPlan } from './type-plan.ts';
import { wireTypeByKind, wireTypes } from './wire-types.ts';

export { DecodeError } from './decode.ts';

export interface Decoded {
  readonly object: AnyObject;
  /** Paths of fields the type does not have, in the order of the document: `spec.containers[1].bogus`. */
  readonly unknownFields: string[];
}

export interface Codec {
  /** Does the table know the type? Custom resources have none. */
  has(typeName: string): boolean;
  /** The plan of a type, for code that walks objects by their schema; undefined for types the table does not know. */
  plan(typeName: string): StructPlan | undefined;
  /**
   * Brings what JSON.parse gave into the shape of the type; the value belongs to the codec from then on. Nulls, empty
   * optional fields and unknown fields go; structs that always stand are filled (`spec`, `status`), so that code may
   * read through them; quantities, times and base64 become canonical. Lists and maps that are absent stay absent.
   * Throws DecodeError with upstream's message (`json: cannot unmarshal string into Go struct field …`).
   */
  decode(typeName: string, value: unknown): Decoded;
  /**
   * The canonical JSON as it is stored and sent: starts exactly `{"kind":"Pod","apiVersion":"v1","metadata":{`, never
   * carries resourceVersion or selfLink. The same object gives the same bytes whatever the order of its fields. Without
   * `typeName`, or for a type the table does not know, fields beyond metadata keep their order.
   */
  encode(object: object, gvk: { readonly apiVersion: string; readonly kind: string }, typeName?: string): Buffer;
  /** The JSON value that a protobuf body stands for, to be decoded like any other. Throws ProtobufError. */
  decodeProtobuf(body: Uint8Array): unknown;
  /** A whole protobuf answer as the JSON value it stands for, without what only says nothing. Throws ProtobufError. */
  readProtobuf(body: Uint8Array): object;
  /** The protobuf message of an object of a type, without the envelope. */
  encodeMessage(typeName: string, object: object): Uint8Array;
  /** A whole protobuf answer by the kind it says it is. Throws ProtobufError where the kind has no message. */
  encodeProtobuf(object: object): Buffer;
  /** Canonical JSON text of a value of any type of the table. */
  encodeValue(typeName: string, value: object): string;
}

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** A codec over the table; types are compiled on first use. */
export function createCodec(table: SchemaTable): Codec {
  const plans = createPlans(table);
  const typeByGvk = new Map<string, string>();
  for (const [typeName, facts] of Object.entries(table)) {
    // Meta types stand in every group (DeleteOptions, Status); they are asked for by name.
    if (facts.gvk?.length !== 1) continue;
    const [group, version, kind] = facts.gvk[0]!;
    typeByGvk.set(`${group ? `${group}/` : ''}${version} ${kind}`, typeName);
  }
  const typesInAllGroups = new Map(
    Object.entries(table)
      .filter(([, { gvk }]) => (gvk?.length ?? 0) > 1)
      .map(([typeName, { gvk }]) => [gvk![0]![2], typeName]),
  );
  const kindKey = (type: { readonly apiVersion?: string; readonly kind?: string }): string =>
    `${type.apiVersion ?? ''} ${type.kind ?? ''}`;
  const protobuf = once(() => {
    const allPlans = createPlans({ ...table, ...wireTypes });
    const typeNameOf = (type: { readonly apiVersion?: string; readonly kind?: string }): string | undefined =>
      typeByGvk.get(kindKey(type)) ?? wireTypeByKind.get(kindKey(type)) ?? typesInAllGroups.get(type.kind ?? '');
    const decoder = createProtobufDecoder({ plans: allPlans, typeNameOf });
    return { plans: allPlans, typeNameOf, decoder, encoder: createProtobufEncoder(allPlans) };
  });

  function planOf(typeName: string): StructPlan {
    const plan = plans(typeName);
    if (!plan) throw new Error(`the schema table has no type ${typeName}`);
    return plan;
  }

  return {
    has: (typeName) => Object.hasOwn(table, typeName),
    plan: plans,
    decode: (typeName, value) => decodeStruct(planOf(typeName), value) as unknown as Decoded,
    decodeProtobuf: (body) => protobuf().decoder.decodeBody(body),
    readProtobuf: (body) => {
      const { typeNameOf, decoder, plans: allPlans } = protobuf();
      const { kind, apiVersion, ...rest } = decoder.decodeBody(body) as { kind: string; apiVersion: string };
      const plan = allPlans(typeNameOf({ kind, apiVersion }) ?? '');
      return { kind, apiVersion, ...(plan ? decodeStruct(plan, rest).object : rest) };
    },
    encodeMessage: (typeName, object) => protobuf().encoder.encode(typeName, object),
    encodeProtobuf: (object) => {
      const { typeNameOf, encoder } = protobuf();
      const typeName = typeNameOf(object);
      if (typeName === undefined) throw new ProtobufError(`no protobuf message is known for ${kindKey(object)}`);
      return wrapEnvelope(object, encoder.encode(typeName, object));
    },
    encode: (object, gvk, typeName = typeByGvk.get(`${gvk.apiVersion} ${gvk.kind}`)) =>
      Buffer.from(
        encodeObject(
          typeName === undefined ? undefined : plans(typeName),
          object as Record<string, unknown>,
          planOf(objectMeta),
          gvk,
        ),
      ),
    encodeValue: (typeName, value) => encodeStruct(planOf(typeName), value as Record<string, unknown>),
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

const metadataStart = Buffer.from('"metadata":{');

/**
 * The object as it is served: stored canonical bytes with `"resourceVersion":"N"` put in at the start of metadata.
 * Joins the chunks without copying; `Buffer.concat` makes one of them.
 */
export function resourceVersionChunks(stored: Buffer, revision: number | string): Buffer[] {
  const at = stored.indexOf(metadataStart) + metadataStart.length;
  if (at < metadataStart.length) throw new Error('stored object has no metadata');
  const comma = stored[at] === 0x7d /* } */ ? '' : ',';
  return [stored.subarray(0, at), Buffer.from(`"resourceVersion":"${revision}"${comma}`), stored.subarray(at)];
}

/** As resourceVersionChunks, in one new buffer, between two texts of ASCII: each byte is copied once. */
export function spliceResourceVersion(stored: Buffer, revision: number | string, before = '', after = ''): Buffer {
  const at = stored.indexOf(metadataStart) + metadataStart.length;
  if (at < metadataStart.length) throw new Error('stored object has no metadata');
  const comma = stored[at] === 0x7d /* } */ ? '' : ',';
  const version = `"resourceVersion":"${revision}"${comma}`;
  const bytes = Buffer.allocUnsafe(before.length + stored.length + version.length + after.length);
  let used = before ? bytes.write(before, 0, 'latin1') : 0;
  used += stored.copy(bytes, used, 0, at);
  used += bytes.write(version, used, 'latin1');
  used += stored.copy(bytes, used, at);
  if (after) bytes.write(after, used, 'latin1');
  return bytes;
}
