import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { ApiError } from '../meta/errors.ts';
import type { AnyObject } from '../meta/object.ts';
import { applyJsonPatch, unknownOperationFields } from './json-patch.ts';

const document = (): AnyObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', annotations: { 'x/y': '1', 'p~q': '2' } },
  data: { k: 'v' },
  list: ['a', 'b', 'c'],
});

const patched = (...operations: unknown[]): Record<string, unknown> => {
  const before = document();
  const frozen = JSON.stringify(before);
  const sent = JSON.stringify(operations);
  const result = applyJsonPatch(before, operations);
  assert.equal(JSON.stringify(before), frozen, 'the document is as it was');
  assert.equal(JSON.stringify(operations), sent, 'the patch is as it was');
  return result;
};

const rejection = (patch: unknown): ApiError => {
  try {
    applyJsonPatch(document(), patch);
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: `accepted ${JSON.stringify(patch)}` });
};

describe('applyJsonPatch', () => {
  const cases: readonly { name: string; operations: unknown[]; at: 'data' | 'list' | 'metadata'; expected: unknown }[] =
    [
      {
        name: 'adds and replaces fields',
        operations: [
          { op: 'add', path: '/data/n', value: '1' },
          { op: 'replace', path: '/data/k', value: '2' },
        ],
        at: 'data',
        expected: { k: '2', n: '1' },
      },
      {
        name: 'replaces a field that is not there',
        operations: [{ op: 'replace', path: '/data/new', value: '1' }],
        at: 'data',
        expected: { k: 'v', new: '1' },
      },
      { name: 'removes', operations: [{ op: 'remove', path: '/data/k' }], at: 'data', expected: {} },
      {
        name: 'takes a missing value for null',
        operations: [{ op: 'add', path: '/data/n' }],
        at: 'data',
        expected: { k: 'v', n: null },
      },
      {
        name: 'moves',
        operations: [{ op: 'move', from: '/data/k', path: '/data/m' }],
        at: 'data',
        expected: { m: 'v' },
      },
      {
        name: 'copies what is not there as null',
        operations: [{ op: 'copy', from: '/data/absent', path: '/data/k' }],
        at: 'data',
        expected: { k: null },
      },
      {
        name: 'keeps copies apart',
        operations: [
          { op: 'copy', from: '/data', path: '/list/0' },
          { op: 'add', path: '/list/0/n', value: 1 },
        ],
        at: 'data',
        expected: { k: 'v' },
      },
      {
        name: 'inserts before an index, appends with a dash and counts from the end',
        operations: [
          { op: 'add', path: '/list/1', value: 'x' },
          { op: 'add', path: '/list/-', value: 'z' },
          { op: 'replace', path: '/list/-2', value: 'C' },
          { op: 'remove', path: '/list/0' },
        ],
        at: 'list',
        expected: ['x', 'b', 'C', 'z'],
      },
      {
        name: 'unescapes steps',
        operations: [
          { op: 'replace', path: '/metadata/annotations/x~1y', value: 'A' },
          { op: 'remove', path: '/metadata/annotations/p~0q' },
        ],
        at: 'metadata',
        expected: { name: 'a', annotations: { 'x/y': 'A' } },
      },
      {
        name: 'tests a field that is not there against null',
        operations: [
          { op: 'test', path: '/data/absent', value: null },
          { op: 'test', path: '/metadata/annotations', value: { 'p~q': '2', 'x/y': '1' } },
          { op: 'add', path: '/data/ok', value: 'yes' },
        ],
        at: 'data',
        expected: { k: 'v', ok: 'yes' },
      },
    ];
  for (const { name, operations, at, expected } of cases) {
    it(name, () => assert.deepEqual(patched(...operations)[at], expected));
  }

  it('replaces the whole document', () => {
    const whole = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } };
    assert.deepEqual(patched({ op: 'replace', path: '', value: whole }), whole);
  });

  it('drops what stands before the first slash', () => {
    assert.equal(patched({ op: 'add', path: 'data/x', value: '1' })['x'], '1');
  });

  it('takes null for no operations', () => assert.deepEqual(applyJsonPatch(document(), null), document()));

  it('treats __proto__ as a key like any other', () => {
    const result = patched({ op: 'add', path: '/data/__proto__', value: { polluted: true } });
    assert.ok(Object.hasOwn(result['data'] as object, '__proto__'));
    assert.equal(Object.getPrototypeOf(result['data']), Object.prototype);
    assert.equal(rejection([{ op: 'add', path: '/__proto__/polluted', value: true }]).code, 422);
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  for (const name of ['constructor', 'prototype', 'hasOwnProperty', 'toString']) {
    it(`takes ${name} for a key like any other`, () => {
      const path = `/data/${name}`;
      assert.equal(rejection([{ op: 'remove', path }]).code, 422);
      assert.equal(rejection([{ op: 'add', path: `${path}/x`, value: 1 }]).code, 422);
      const value = { k: 'v', [name]: 'own' };
      const result = patched(
        { op: 'add', path, value: 'own' },
        { op: 'test', path, value: 'own' },
        { op: 'test', path: '/data', value },
      );
      assert.deepEqual(result['data'], value);
    });
  }

  const impossible: readonly [string, unknown][] = [
    ['a failing test', { op: 'test', path: '/data/k', value: 'other' }],
    ['a test of the whole document', { op: 'test', path: '', value: {} }],
    ['removing what is not there', { op: 'remove', path: '/data/absent' }],
    ['a missing parent', { op: 'add', path: '/absent/deep', value: 1 }],
    ['a scalar for a parent', { op: 'add', path: '/data/k/deep', value: 1 }],
    ['an unknown operation', { op: 'bogus', path: '/data/k' }],
    ['no operation', { path: '/data/k', value: '1' }],
    ['no path', { op: 'add', value: '1' }],
    ['an index beyond the end', { op: 'add', path: '/list/4', value: 'x' }],
    ['an index that is none', { op: 'add', path: '/list/one', value: 'x' }],
    ['removing the document', { op: 'remove', path: '' }],
    ['a scalar for the document', { op: 'replace', path: '', value: 1 }],
    ['null for an operation', null],
  ];
  for (const [name, operation] of impossible) {
    it(`answers 422 to ${name}`, () => {
      const error = rejection([operation]);
      assert.equal(error.code, 422);
      assert.equal(error.message, 'the server rejected our request due to an error in our request');
      assert.deepEqual(error.details, {});
    });
  }

  it('answers 422 to copies that grow without end', () => {
    const growing = Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '/data', path: `/data/c${i}` }));
    assert.equal(rejection([{ op: 'add', path: '/data/big', value: 'x'.repeat(100_000) }, ...growing]).code, 422);
  });

  const undecodable: readonly [unknown, string][] = [
    [{ op: 'add' }, 'json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp'],
    ['x', 'json: cannot unmarshal string into Go value of type []handlers.jsonPatchOp'],
    [[1], 'json: cannot unmarshal number into Go value of type handlers.jsonPatchOp'],
    [[{ op: 'add', path: 1 }], 'json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string'],
  ];
  for (const [patch, why] of undecodable) {
    it(`answers 400 to ${JSON.stringify(patch)}`, () => {
      const error = rejection(patch);
      assert.equal(error.reason, 'BadRequest');
      assert.equal(error.message, `error decoding patch: ${why}`);
    });
  }

  const lenient: readonly [patch: unknown, code: number, message: string][] = [
    [{ op: 'add' }, 400, 'json: cannot unmarshal object into Go value of type jsonpatch.Patch'],
    [[1], 400, 'json: cannot unmarshal number into Go value of type jsonpatch.Operation'],
    [[{ op: 1, path: '/data/k' }], 422, 'the server rejected our request due to an error in our request'],
    [[{ op: 'remove', path: 1 }], 422, 'the server rejected our request due to an error in our request'],
  ];
  for (const [patch, code, message] of lenient) {
    it(`answers ${code} to ${JSON.stringify(patch)} where fields are not validated`, () =>
      assert.throws(() => applyJsonPatch(document(), patch, { isLenient: true }), { code, message }));
  }

  it('knows the fields that operations do not have', () => {
    const patch = [
      { op: 'test', path: '/a', value: { x: 1 } },
      { op: 'remove', path: '/a', Path: '/b', extra: 1 },
      null,
    ];
    assert.deepEqual(unknownOperationFields(patch), ['[1].Path', '[1].extra']);
    assert.deepEqual(unknownOperationFields(null), []);
  });

  it('refuses too many operations', () => {
    const error = rejection(Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data/k', value: 'v' })));
    assert.equal(error.code, 413);
    assert.equal(error.message, 'The allowed maximum operations in a JSON patch is 10000, got 10001');
  });
});
