import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { AnyObject } from '../meta/object.ts';
import { applyMergePatch, applyMergePatchToObject } from './merge-patch.ts';

describe('applyMergePatch', () => {
  // The table in the appendix of RFC 7386.
  const cases: readonly [document: unknown, patch: unknown, expected: unknown][] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: [1] }, { a: [{ b: null, c: [{ d: null }] }, null] }, { a: [{ c: [{}] }, null] }],
    [{ a: { b: 1 } }, { a: [{ b: null }] }, { a: [{ b: null }] }],
  ];
  for (const [document, patch, expected] of cases) {
    it(`${JSON.stringify(document)} with ${JSON.stringify(patch)}`, () => {
      const before = JSON.stringify([document, patch]);
      assert.deepEqual(applyMergePatch(document, patch), expected);
      assert.equal(JSON.stringify([document, patch]), before);
    });
  }

  it('shares what it does not touch', () => {
    const document = { spec: { a: 1 }, status: { b: 2 } };
    const merged = applyMergePatch(document, { status: { b: 3 } }) as typeof document;
    assert.equal(merged.spec, document.spec);
  });

  it('treats __proto__ as a key like any other', () => {
    const merged = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}')) as Record<string, unknown>;
    assert.equal(merged['polluted'], undefined);
    assert.ok(Object.hasOwn(merged, '__proto__'));
  });

  it('tells clients what is no patch', () => {
    const document: AnyObject = { metadata: { name: 'a' } };
    const into = 'into Go value of type map[string]interface {}';
    for (const [patch, message] of [
      [[1, 2], `error decoding patch: json: cannot unmarshal array ${into}`],
      ['x', `error decoding patch: json: cannot unmarshal string ${into}`],
      [true, `error decoding patch: json: cannot unmarshal bool ${into}`],
      [null, 'Invalid JSON Patch'],
    ] as const) {
      assert.throws(() => applyMergePatchToObject(document, patch), { reason: 'BadRequest', message });
    }
    assert.deepEqual(applyMergePatchToObject(document, { data: {} }), { ...document, data: {} });
    const isLenient = true;
    assert.throws(() => applyMergePatchToObject(document, 'x', { isLenient }), { message: 'Invalid JSON Patch' });
    assert.deepEqual(applyMergePatchToObject(document, [1, 2], { isLenient }), [1, 2]);
  });
});
