import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { exampleOf } from '../../test/support/example-object.ts';
import { apiVersionOf } from '../resources/define-resource.ts';
import { resources } from '../resources/index.ts';
import { createCodec } from './codec.ts';
import { loadSchemaTable } from './schema-table.ts';

type Json = Record<string, unknown>;

describe('the protobuf encoder', () => {
  const table = loadSchemaTable();
  const codec = createCodec(table);
  const inShape = (typeName: string, object: Json): Json =>
    JSON.parse(codec.encodeValue(typeName, codec.decode(typeName, structuredClone(object)).object)) as Json;
  const roundTrip = (typeName: string, object: Json): Json =>
    inShape(typeName, codec.decodeProtobuf(codec.encodeProtobuf(object)) as Json);

  it('every field of the table has its number', () => {
    const without = Object.entries(table).flatMap(([typeName, { fields = {} }]) =>
      Object.entries(fields)
        .filter(([name, { pb }]) => pb === undefined && name !== 'kind' && name !== 'apiVersion')
        .map(([name]) => `${typeName}.${name}`),
    );
    assert.deepEqual(
      without.filter((field) => !field.startsWith('io.k8s.apimachinery.pkg.version.Info.')),
      [],
      'the version is served as JSON only',
    );
  });

  for (const row of resources) {
    const type = { kind: row.kind, apiVersion: apiVersionOf(row) };
    const { typeName } = row;

    it(`brings ${type.apiVersion} ${type.kind} back as it was, full, half full and empty`, () => {
      const plan = codec.plan(typeName)!;
      const choices = [
        () => true,
        (path: string) => path.length % 3 !== 0,
        (path: string) => !path.includes('.'),
        () => false,
      ];
      for (const chooses of choices) {
        const object = { ...type, ...exampleOf(plan, chooses) };
        assert.deepEqual(roundTrip(typeName, object), inShape(typeName, object));
      }
    });
  }

  it('writes what Go holds by value also when it says nothing', () => {
    const bytes = codec.encodeMessage('io.k8s.api.core.v1.ServicePort', {});
    // name, protocol, port, targetPort {type, intVal, strVal}, nodePort; appProtocol is a pointer
    assert.equal(Buffer.from(bytes).toString('hex'), '0a00' + '1200' + '1800' + '2206080010001a00' + '2800');
  });

  it('puts the message into the envelope with its type', () => {
    const body = codec.encodeProtobuf({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' });
    const message = '0a060a0012001a00' + '120753756363657373' + '1a002200' + '3000';
    const typed = '0a0c' + '0a027631' + '1206537461747573';
    assert.equal(body.toString('hex'), `6b387300${typed}12${(message.length / 2).toString(16)}${message}1a002200`);
  });

  it('orders maps by key and keeps one-of-two values apart', () => {
    const data = { b: '2', a: '1', 10: 'ten', 9: 'nine' };
    const message = Buffer.from(codec.encodeMessage('io.k8s.api.core.v1.ConfigMap', { data })).toString('latin1');
    const places = ['10', '9', 'a', 'b'].map((key) => message.indexOf(`\n${String.fromCharCode(key.length)}${key}`));
    assert.deepEqual(
      places,
      places.toSorted((x, y) => x - y),
    );
    const port = (targetPort: unknown): string =>
      Buffer.from(codec.encodeMessage('io.k8s.api.core.v1.ServicePort', { targetPort })).toString('hex');
    assert.match(port('8080'), /220a080110001a0438303830/);
    assert.match(port(8080), /2207080010903f1a00/);
  });
});
