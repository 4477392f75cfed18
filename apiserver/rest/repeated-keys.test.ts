import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { readRepeatedKeys, strictFindings } from './repeated-keys.ts';

describe('keys that stand twice', () => {
  const cases: [string, unknown, string[]][] = [
    ['{"a":1,"a":2}', { a: 2 }, ['a']],
    ['{"a":{"b":1},"a":{"c":2}}', { a: { b: 1, c: 2 } }, ['a']],
    ['{"a":{"b":1},"a":{"b":2}}', { a: { b: 2 } }, ['a']],
    ['{ "l" : [ {"x" : "\\"" , "x": "]}" } , [] , {} ] , "l":[1,-2.5e3]}', { l: [1, -2500] }, ['l[0].x', 'l']],
    ['{"a":{"b":1,"b":2},"z":true,"a":null}', { a: null, z: true }, ['a.b', 'a']],
    ['{"a":"s","a":{"b":1}}', { a: { b: 1 } }, ['a']],
    ['[{"\\u0061":1,"a":2}]', [{ a: 2 }], ['[0].a']],
  ];
  for (const [text, value, repeated] of cases)
    it(`are merged in ${text}`, () => {
      const read = readRepeatedKeys(text);
      assert.deepEqual(read.value, value);
      assert.deepEqual(
        read.keys.filter(({ isAgain }) => isAgain).map(({ path }) => path),
        repeated,
      );
    });

  it('are read however deep', () => {
    const depth = 9999;
    const { keys } = readRepeatedKeys(`${'{"a":'.repeat(depth)}{"b":1,"b":2}${'}'.repeat(depth)}`);
    assert.deepEqual(keys.at(-1), { path: `${'a.'.repeat(depth)}b`, isAgain: true });
  });

  it('touch no prototype', () => {
    const { value } = readRepeatedKeys('{"__proto__":{"x":1},"__proto__":{"y":2}}');
    assert.equal(({} as Record<string, unknown>)['y'], undefined);
    assert.deepEqual(Object.keys(value as object), ['__proto__']);
  });

  it('are told of among unknown fields in the order of the text, each once', () => {
    const { keys } = readRepeatedKeys('{"x":{"a":1,"a":2},"d":{"k":1,"k":2,"k":3},"x":1,"m":{"y":[{"b":1,"b":1}]}}');
    assert.deepEqual(strictFindings(keys, ['x', 'm.y']), [
      'unknown field "x"',
      'duplicate field "d.k"',
      'unknown field "m.y"',
    ]);
  });

  it('are told of a hundred times at most', () => {
    const text = `{${Array.from({ length: 120 }, (_, i) => `"f${i}":1`).join(',')},"f0":1}`;
    const { keys } = readRepeatedKeys(text);
    assert.equal(
      strictFindings(
        keys,
        keys.map(({ path }) => path),
      ).length,
      100,
    );
  });
});
