import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseYaml, parseYamlDocuments, toYaml, YamlError } from './yaml.ts';

describe('yaml', () => {
  it('reads scalars as Kubernetes does', () => {
    assert.deepEqual(parseYaml('{a: yes, b: 0644, c: 22:22, d: 2001-01-01, e: "no", f: }'), {
      a: true,
      b: 420,
      c: '22:22',
      d: '2001-01-01',
      e: 'no',
      f: null,
    });
  });

  it('reads JSON', () => {
    assert.deepEqual(parseYaml('{"a": [1, {"b": null}], "c": "x\\ny"}'), { a: [1, { b: null }], c: 'x\ny' });
  });

  const texts: [string, string, unknown[]][] = [
    ['nothing', '', []],
    ['comments alone', '# one\n---\n# two\n', []],
    ['one document', 'a: 1\n', [{ a: 1 }]],
    ['a separator at the head', '---\na: 1\n', [{ a: 1 }]],
    ['empty documents between', 'a: 1\n---\n---\n# x\n---\nb: 2\n---\n', [{ a: 1 }, { b: 2 }]],
    ['blanks and carriage returns behind a separator', 'a: 1\r\n---  \r\nb: 2\r\n', [{ a: 1 }, { b: 2 }]],
    ['a comment behind a separator', 'a: 1\n--- # next\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['dashes within a text block', 'a: |\n  x\n  ---\n  y\n---\nb: 2\n', [{ a: 'x\n---\ny\n' }, { b: 2 }]],
  ];
  for (const [name, text, documents] of texts) {
    it(`splits ${name}`, () => assert.deepEqual(parseYamlDocuments(text), documents));
  }

  it('expects one document where there can be only one', () => {
    assert.equal(parseYaml('# nothing'), undefined);
    assert.throws(() => parseYaml('a: 1\n---\nb: 1'), /expected one document, found 2/);
  });

  for (const [name, text, message] of [
    ['duplicate keys', 'a: 1\na: 2', /^yaml: line 2: key "a" already set in map$/],
    ['duplicate keys in a later document', 'b: 1\n---\na: 1\na: 2', /^yaml: line 4: key "a" already set in map$/],
    ['what is no YAML', 'a: [', /^yaml: /],
    ['what is no YAML in a later document', 'x: 1\n---\na: b: c', /^yaml: line 3: mapping values/],
    // Of what is missing at the end Go's parser tells the line before.
    ['what does not end in a later document', 'x: 1\n---\na: [', /^yaml: line 2: did not find/],
  ] as const) {
    it(`refuses ${name}, saying where`, () => {
      assert.throws(
        () => parseYamlDocuments(text),
        (error) => error instanceof YamlError && message.test(error.message),
      );
    });
  }

  it('writes as kubectl does, and reads its own writing back', () => {
    const value = {
      kind: 'X',
      apiVersion: 'v1',
      spec: { args: ['yes', '0644', '1e3', 'a: b'], text: 'a\nb\n', none: undefined, list: [], map: {}, nothing: null },
    };
    const text = toYaml(value);
    assert.match(text, /^apiVersion: v1\nkind: X\nspec:\n {2}args:\n {2}- "yes"\n/);
    assert.deepEqual(parseYaml(text), JSON.parse(JSON.stringify(value)));
  });
});
