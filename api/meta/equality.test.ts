import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { jsonEqual, semanticEqual } from './equality.ts';

describe('equality', () => {
  it('compares JSON deeply, whatever the order of keys', () => {
    assert.equal(jsonEqual({ a: 1, b: [{ c: 'x' }] }, { b: [{ c: 'x' }], a: 1 }), true);
    assert.equal(jsonEqual({ a: undefined }, {}), true);
    assert.equal(jsonEqual({ a: null }, {}), false);
    assert.equal(jsonEqual([1, 2], [2, 1]), false);
    assert.equal(jsonEqual([], {}), false);
    assert.equal(jsonEqual({ a: 1 }, { a: 1, b: 2 }), false);
    assert.equal(jsonEqual('1', 1), false);
  });

  it('takes no key for one that objects have by themselves', () => {
    for (const equal of [jsonEqual, semanticEqual])
      for (const text of ['{"__proto__":{"x":1}}', '{"constructor":"x"}', '{"toString":"x"}']) {
        assert.equal(equal(JSON.parse(text), {}), false);
        assert.equal(equal({}, JSON.parse(text)), false);
        assert.equal(equal(JSON.parse(text), JSON.parse(text)), true);
      }
    assert.equal(jsonEqual(JSON.parse('{"__proto__":{}}'), {}), false);
  });

  it('counts what is empty as absent when it compares meaning', () => {
    assert.equal(semanticEqual({ a: [], b: {}, c: null }, {}), true);
    assert.equal(semanticEqual({}, { a: { b: 0 } }), false);
    assert.equal(semanticEqual({ a: '' }, {}), false);
  });

  it('compares quantities by value, where quantities stand', () => {
    const of = (cpu: string): object => ({ resources: { limits: { cpu } } });
    assert.equal(semanticEqual(of('1'), of('1000m')), true);
    assert.equal(semanticEqual(of('1'), of('2')), false);
    assert.equal(semanticEqual({ name: '1' }, { name: '1000m' }), false);
  });
});
