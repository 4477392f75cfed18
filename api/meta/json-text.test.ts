import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { duplicateFields, explainSyntaxError } from './json-text.ts';

describe('JSON text', () => {
  const cases: [string, string][] = [
    ['', 'unexpected end of JSON input'],
    ['{"kind":', 'unexpected end of JSON input'],
    ['{"a":{},}', "invalid character '}' looking for beginning of object key string"],
    ["{'a':1}", "invalid character '\\'' looking for beginning of object key string"],
    ['{"a":1}x', "invalid character 'x' after top-level value"],
    ['# comment', "invalid character '#' looking for beginning of value"],
    ['{"a":"\t"}', "invalid character '\\t' in string literal"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
    ['[1 2]', "invalid character '2' after array element"],
    ['\ufeff{}', "invalid character 'ï' looking for beginning of value"],
    ['{é:1}', "invalid character 'Ã' looking for beginning of object key string"],
    ['trux', "invalid character 'x' in literal true (expecting 'e')"],
    ['-x', "invalid character 'x' in numeric literal"],
    ['{"a":"\\x"}', "invalid character 'x' in string escape code"],
  ];
  for (const [text, message] of cases)
    it(`explains ${JSON.stringify(text)} in Go's words`, () => assert.equal(explainSyntaxError(text), message));

  it('finds keys that stand twice', () => {
    const text = '{"a":{"b":1,"b":2},"l":[{"x":"\\\\"},{"x":":\\"","x":1}],"a":{"b":1}}';
    assert.deepEqual(duplicateFields(text, JSON.parse(text)), ['a.b', 'l[1].x', 'a']);
  });

  it('walks what nests deeper than calls may', () => {
    const depth = 9999;
    assert.equal(explainSyntaxError('['.repeat(depth)), 'unexpected end of JSON input');
    const text = `${'{"a":'.repeat(depth)}{"b":1,"b":2}${'}'.repeat(depth)}`;
    assert.deepEqual(duplicateFields(text, JSON.parse(text)), [`${'a.'.repeat(depth)}b`]);
  });

  it('finds none where there are none', () => {
    const text = '{"a":{"b:c":"d:\\"e"},"b":[{"a":1},{"a":2}]}';
    assert.deepEqual(duplicateFields(text, JSON.parse(text)), []);
  });
});
