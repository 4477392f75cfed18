import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseYaml, parseYamlDocuments, toYaml, YamlError } from './yaml.ts';

describe('yaml', () => {
  const scalars: [string, unknown][] = [
    ['true', true],
    ['False', false],
    ['yes', true],
    ['y', true],
    ['off', false],
    ['"yes"', 'yes'],
    ['0644', 420],
    ['0o644', 420],
    ['0x1F', 31],
    ['0b101', 5],
    ['1_000', 1000],
    ['-12', -12],
    ['0', 0],
    ['089', 89],
    ['1.5', 1.5],
    ['1e3', 1000],
    ['22:22', '22:22'],
    ['2001-01-01', '2001-01-01'],
    ['~', null],
    ['null', null],
    ['', null],
    ['1.2.3', '1.2.3'],
    ['v1', 'v1'],
    ['100m', '100m'],
    ['!!binary aGk=', new Uint8Array(Buffer.from('hi'))],
  ];
  for (const [text, value] of scalars) {
    it(`reads ${text === '' ? 'nothing' : text} as Kubernetes' own tools do`, () => {
      const read = (parseYaml(`a: ${text}`) as { a: unknown }).a;
      assert.deepEqual(read instanceof Uint8Array ? new Uint8Array(read) : read, value);
    });
  }

  it('reads JSON', () => {
    assert.deepEqual(parseYaml('{"a": [1, {"b": null}], "c": "x\\ny"}'), { a: [1, { b: null }], c: 'x\ny' });
  });

  it('merges', () => {
    assert.deepEqual(parseYaml('x: &x {a: 1, b: 2}\nz:\n  <<: *x\n  b: 3\n'), { x: { a: 1, b: 2 }, z: { a: 1, b: 3 } });
  });

  it('reads many documents and leaves out empty ones', () => {
    assert.deepEqual(parseYamlDocuments('---\n# only a comment\n---\na: 1\n---\n---\nb: 2\n...\n'), [
      { a: 1 },
      { b: 2 },
    ]);
    assert.deepEqual(parseYamlDocuments(''), []);
    assert.equal(parseYaml('# nothing'), undefined);
    assert.throws(() => parseYaml('a: 1\n---\nb: 1'), /expected one document, found 2/);
  });

  for (const [name, text, message] of [
    ['duplicate keys', 'a: 1\na: 2', /duplicated mapping key \(2:1\)/],
    ['what is no YAML', 'a: [', /\(\d+:\d+\)/],
    ['tabs', 'a:\n\tb: 1', /tab/],
  ] as const) {
    it(`refuses ${name}, saying where`, () => {
      assert.throws(
        () => parseYaml(text),
        (error) => error instanceof YamlError && message.test(error.message) && !error.message.includes('\n'),
      );
    });
  }

  it('refuses a text whose aliases unfold to a multitude', () => {
    let text = 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n';
    for (let i = 1; i < 10; i++)
      text += `a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(',')}]\n`;
    assert.throws(() => parseYaml(text), /unfolds to too much/);
  });

  it('does not let a document reach the prototype of objects', () => {
    const read = parseYaml('__proto__:\n  polluted: true\nb: 1\n') as Record<string, unknown>;
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    assert.equal(read.b, 1);
    assert.equal(read.polluted, undefined);
  });

  it('writes as kubectl does, and reads its own writing back', () => {
    const value = {
      apiVersion: 'v1',
      spec: { containers: [{ name: 'web', args: ['yes', '0644', '1e3', 'on', 'null', 'a: b', '22:22'] }] },
      data: { text: 'a\nb\n', empty: '', long: 'word '.repeat(50) },
      list: [],
      map: {},
      gone: undefined,
      nothing: null,
    };
    const text = toYaml(value);
    assert.match(text, /^apiVersion: v1\nspec:\n {2}containers:\n {2}- name: web\n {4}args:\n {4}- "yes"\n/);
    assert.match(text, /\ndata:\n {2}text: \|\n {4}a\n {4}b\n/);
    assert.deepEqual(parseYaml(text), JSON.parse(JSON.stringify(value)));
  });
});
