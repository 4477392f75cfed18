import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { jsonToYaml, parseYaml } from './yaml.ts';

describe('yaml', () => {
  const valueOf = (text: string): unknown => parseYaml(text).value;
  const scalars: readonly (readonly [text: string, value: unknown])[] = [
    ['yes', true],
    ['Off', false],
    ['n', false],
    ['0644', 420],
    ['0o17', 15],
    ['0x1f', 31],
    ['0b11', 3],
    ['1_000', 1000],
    ['-12', -12],
    ['1.50', 1.5],
    ['1e3', 1000],
    ['.5', 0.5],
    ['~', null],
    ['', null],
    ['null', null],
    ['2020-01-01', '2020-01-01'],
    ['2020-01-01T00:00:00Z', '2020-01-01T00:00:00Z'],
    ['12:30:45', '12:30:45'],
    ['1.2.3', '1.2.3'],
    ['09', 9],
    ['"yes"', 'yes'],
    ["'5'", '5'],
    ['!!str 5', '5'],
    ['!!int "5"', 5],
    ['v1', 'v1'],
  ];
  for (const [text, value] of scalars)
    it(`reads ${text || 'nothing'}`, () => assert.deepEqual(valueOf(`a: ${text}`), { a: value }));

  it('makes keys strings', () => {
    assert.deepEqual(valueOf('1: a\nn: b\n~: c\n1.5: d'), { 1: 'a', false: 'b', null: 'c', 1.5: 'd' });
  });

  it('reads the first document and no other', () => {
    assert.deepEqual(valueOf('---\na: 1\n---\nb: 2'), { a: 1 });
    assert.equal(valueOf(''), null);
    assert.deepEqual(valueOf('{"a": [1, "x"]}'), { a: [1, 'x'] });
  });

  it('reads anchors, each place a copy of its own, and merges', () => {
    const value = valueOf('a: &x {b: [1]}\nc: *x\nd: {<<: *x, e: 2}') as { a: object; c: object };
    assert.deepEqual(value, { a: { b: [1] }, c: { b: [1] }, d: { b: [1], e: 2 } });
    assert.notEqual(value.a, value.c);
  });

  it('reports duplicate keys, the last of which wins', () => {
    const { value, duplicates } = parseYaml('data:\n  n: dup\n  n: "5"\n  a: 1\n  a: 2');
    assert.deepEqual(value, { data: { false: '5', a: 2 } });
    assert.deepEqual(duplicates, ['line 3: key false already set in map', 'line 5: key "a" already set in map']);
  });

  it('takes __proto__ for a key', () => {
    assert.deepEqual(Object.keys(valueOf('__proto__: 1') as object), ['__proto__']);
  });

  const refused: readonly (readonly [text: string, message: string | RegExp])[] = [
    ['a: b: c', 'yaml: mapping values are not allowed in this context'],
    ['a: 1\n b: 2', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a: *q', "yaml: unknown anchor 'q' referenced"],
    ['a: "x', 'yaml: found unexpected end of stream'],
    ['{"a": "v1"', "yaml: did not find expected ',' or '}'"],
    ['[1, 2', "yaml: did not find expected ',' or ']'"],
    ['a: 1\nb: [1, 2\n', "yaml: line 2: did not find expected ',' or ']'"],
    ['a: 1\nb: {x: [1], y: 1\nc: 2\n', "yaml: line 2: did not find expected ',' or '}'"],
    ['a: v\nkind: "C\n', 'yaml: line 3: found unexpected end of stream'],
    ["a: 'v\n", 'yaml: line 2: found unexpected end of stream'],
    ['a: 1\nb:\n  c: y\n d: {}\n', 'yaml: line 3: did not find expected key'],
    ['a:\n  - b\n c: d\n', 'yaml: line 2: did not find expected key'],
    ['a: "x" y\n', 'yaml: did not find expected key'],
    ['a: 1\n- b\n', 'yaml: line 1: did not find expected key'],
    ['  a: 1\nb: 2\n', 'yaml: line 1: did not find expected <document start>'],
    ['a: v\nb:\n\tc: y\n', 'yaml: line 3: found character that cannot start any token'],
    ['a: v # why\n\tb: x\n', 'yaml: line 2: found a tab character that violates indentation'],
    ['a: v\nb: c: x\n', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a: v\nb\nc: {}\n', "yaml: line 3: could not find expected ':'"],
    ['a: @x\n', 'yaml: found character that cannot start any token'],
    ['a: ]\n', 'yaml: did not find expected node content'],
    ['a: {b: c}}\n', 'yaml: did not find expected key'],
    ['%x\n', 'yaml: found unknown directive name'],
    ['*\n', 'yaml: did not find expected alphabetic or numeric character'],
    ['a: "\\q"\n', 'yaml: found unknown escape character'],
    ['\u0000', 'yaml: control characters are not allowed'],
    ['a: &a [*a]', "yaml: anchor 'a' value contains itself"],
    ['? [a]\n: b', /^yaml: invalid map key/],
  ];
  for (const [text, message] of refused)
    it(`refuses ${JSON.stringify(text)}`, () => assert.throws(() => valueOf(text), { message }));

  it('refuses what would grow without bound', () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 9; i++)
      lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(',')}]`);
    assert.throws(() => valueOf(lines.join('\n')), { message: 'yaml: document contains excessive aliasing' });
  });

  it("writes with upstream's quotes and order", () => {
    const text = jsonToYaml({
      metadata: { creationTimestamp: '2024-01-01T00:00:00Z', labels: {}, name: 'a', uid: '1e5' },
      data: {
        n: '5',
        multi: 'a\nb\n',
        tail: 'a\nb',
        sp: ' x ',
        q: "it's",
        colon: 'a: b',
        hash: '#x',
        nul: 'null',
        e: '',
        uni: 'é',
        a10: '',
        a2: 'x',
      },
      list: [{ b: 1, a: [true, null, 1.5] }, []],
    });
    assert.equal(
      text,
      `data:
  a2: x
  a10: ""
  colon: 'a: b'
  e: ""
  hash: '#x'
  multi: |
    a
    b
  "n": "5"
  nul: "null"
  q: it's
  sp: ' x '
  tail: |-
    a
    b
  uni: é
list:
- a:
  - true
  - null
  - 1.5
  b: 1
- []
metadata:
  creationTimestamp: "2024-01-01T00:00:00Z"
  labels: {}
  name: a
  uid: "1e5"
`,
    );
    assert.equal(jsonToYaml(valueOf(text)), text);
  });
});
