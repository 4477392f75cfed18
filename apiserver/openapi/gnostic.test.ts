import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import protobuf from 'protobufjs/minimal.js';
import { gnosticV2, gnosticV3 } from './gnostic.ts';
import { atOnce } from './in-slices.ts';

/** The fields of a message by number, undecoded. */
function fieldsOf(message: Uint8Array): Map<number, (Uint8Array | number)[]> {
  const fields = new Map<number, (Uint8Array | number)[]>();
  const reader = protobuf.Reader.create(message);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const value = (tag & 7) === 2 ? reader.bytes() : (tag & 7) === 1 ? reader.double() : reader.uint32();
    fields.set(tag >>> 3, [...(fields.get(tag >>> 3) ?? []), value]);
  }
  return fields;
}

/** What is at a path of field numbers, each the first of its number; text where it is bytes. */
function at(message: Uint8Array, ...path: number[]): unknown {
  let value: Uint8Array | number | undefined = message;
  for (const number of path) value = fieldsOf(value as Uint8Array).get(number)?.[0];
  return value instanceof Uint8Array ? Buffer.from(value).toString() : value;
}

const info = { title: 'Kubernetes', version: 'v1' };

describe('gnostic messages', () => {
  it('v2: definitions, their fields and extensions', () => {
    const schema = {
      type: 'object',
      required: ['a', 'b'],
      properties: { items: { type: 'array', items: { $ref: '#/definitions/X' } } },
      additionalProperties: false,
      'x-kubernetes-list-map-keys': ['name'],
    };
    const bytes = atOnce(gnosticV2({ swagger: '2.0', info, paths: {}, definitions: { X: schema } }));
    assert.deepEqual([at(bytes, 1), at(bytes, 2, 1)], ['2.0', 'Kubernetes']);
    const definition = [9, 1] as const;
    assert.equal(at(bytes, ...definition, 1), 'X');
    const value = [...definition, 2] as const;
    assert.equal(at(bytes, ...value, 22, 1), 'object');
    assert.equal(at(bytes, ...value, 19), 'a');
    assert.equal(at(bytes, ...value, 21, 2), 0, 'a boolean of two choices is written also when false');
    assert.equal(at(bytes, ...value, 25, 1, 1), 'items');
    assert.equal(at(bytes, ...value, 25, 1, 2, 23, 1, 1), '#/definitions/X');
    assert.deepEqual(
      [at(bytes, ...value, 31, 1), at(bytes, ...value, 31, 2, 2)],
      ['x-kubernetes-list-map-keys', '- name\n'],
    );
  });

  it('v2: operations with parameters of every place', () => {
    const parameters = [
      { in: 'body', name: 'body', required: true, schema: { $ref: '#/definitions/X' } },
      { in: 'query', name: 'limit', type: 'integer', uniqueItems: true },
      { in: 'path', name: 'name', type: 'string', required: true },
      { $ref: '#/parameters/pretty' },
    ];
    const operation = { operationId: 'readX', parameters, responses: { 200: { description: 'OK' } } };
    const bytes = atOnce(gnosticV2({ swagger: '2.0', info, paths: { '/x': { get: operation, 'x-y': 1 } } }));
    assert.equal(at(bytes, 8, 2, 1), '/x');
    const message = fieldsOf(bytes).get(8)![0] as Uint8Array;
    const get = fieldsOf(fieldsOf(fieldsOf(message).get(2)![0] as Uint8Array).get(2)![0] as Uint8Array).get(2)![0];
    const sent = fieldsOf(get as Uint8Array).get(8) as Uint8Array[];
    assert.deepEqual(
      [at(sent[0]!, 1, 1, 2), at(sent[1]!, 1, 2, 3, 4), at(sent[2]!, 1, 2, 4, 4), at(sent[3]!, 2, 1)],
      ['body', 'limit', 'name', '#/parameters/pretty'],
    );
    assert.deepEqual([at(get as Uint8Array, 9, 1, 1), at(get as Uint8Array, 9, 1, 2, 1, 1)], ['200', 'OK']);
  });

  it('v3: schemas, references and defaults that say nothing', () => {
    const properties = {
      count: { type: 'integer', default: 0 },
      name: { type: 'string', default: '' },
      on: { type: 'boolean', default: false },
      ref: { allOf: [{ $ref: '#/components/schemas/X' }], default: {} },
    };
    const bytes = atOnce(
      gnosticV3({ openapi: '3.0.0', info, paths: {}, components: { schemas: { X: { properties } } } }),
    );
    assert.equal(at(bytes, 5, 1, 1, 1), 'X');
    const components = fieldsOf(bytes).get(5)![0] as Uint8Array;
    let message = components;
    for (const number of [1, 1, 2, 1, 31]) message = fieldsOf(message).get(number)![0] as Uint8Array;
    const [count, name, on, ref] = fieldsOf(message).get(1) as Uint8Array[];
    assert.deepEqual(
      [at(count!, 2, 1, 33, 1), at(name!, 2, 1, 33, 3), at(on!, 2, 1, 33, 2), at(ref!, 2, 1, 33)],
      [0, '', 0, ''],
    );
    assert.equal(at(ref!, 2, 1, 26, 2, 1), '#/components/schemas/X');
  });
});
