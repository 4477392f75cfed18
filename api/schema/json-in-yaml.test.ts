import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createSeededRandom } from '../../component/seeded-random.ts';
import { readJsonInYaml } from './json-in-yaml.ts';
import { parseYaml } from './yaml.ts';

/** The same document with a comment before it, which is no JSON. */
const asYaml = (text: string): unknown => parseYaml(`# a comment\n${text}`).value;

describe('JSON in YAML', () => {
  it('is read as YAML reads it', () => {
    for (const text of [
      '{}',
      '{"a":1,"b":[true,false,null,-3,""],"c":{"d":{}}}',
      '{\n  "image": "10.0.0.1/web:1.5",\n  "n": 123456789012345,\n  "neg": -7\n}\n',
      '{"<<":{"a":1},"__proto__":{"x":1},"yes":"no","0644":"0644","~":"~"}',
      '{"s":"quote \\" slash \\/ back \\\\ line \\n tab \\t","t":"# no comment","u":"a: b","v":"&a *a !!int"}',
      '{"ä":"日本語"}',
      '{"a":"b" , "c" :\n[ ] }',
    ]) {
      assert.notEqual(readJsonInYaml(text), undefined, text);
      assert.deepEqual(readJsonInYaml(text), asYaml(text), text);
    }
  });

  it('is left to YAML where the two may differ', () => {
    for (const text of [
      'a: 1',
      '[1]',
      ' {}',
      '{"a":1.5}',
      '{"a": 1e3}',
      '{"a":[1234567890123456]}',
      '{"a":-1.0 }',
      '{"a":"\\u0041"}',
      '{"a":"😀"}',
      '{\t"a":1}',
      '{"a":"\x7f"}',
      '{"a":1,"a":2}',
      `{"${'k'.repeat(1500)}":1}`,
      `${'{"a":'.repeat(11_000)}1${'}'.repeat(11_000)}`,
      '{"a":1}\n---\n{"b":2}',
      '{"a":1} # and a comment',
      '{a: 1}',
    ])
      assert.equal(readJsonInYaml(text), undefined, text.slice(0, 100));
    assert.deepEqual(parseYaml('{"a":1,"a":2}'), {
      value: { a: 2 },
      duplicates: ['line 1: key "a" already set in map'],
    });
  });

  it('is read alike whatever it holds', () => {
    const random = createSeededRandom(5);
    const pick = (count: number): number => Math.floor(random.next() * count);
    const letters = [...'ab:,{}[]#&*!|>%@`\'"\\/ \n-?~<.0123é'];
    const word = (): string => Array.from({ length: pick(6) }, () => letters[pick(letters.length)]).join('');
    const value = (depth: number): unknown => {
      const kind = pick(depth > 3 ? 4 : 6);
      if (kind === 0) return word();
      if (kind === 1) return pick(1000) - 500;
      if (kind === 2) return pick(2) === 0;
      if (kind === 3) return null;
      const parts = Array.from({ length: pick(4) }, () => value(depth + 1));
      return kind === 4 ? parts : Object.fromEntries(parts.map((part) => [word(), part]));
    };
    let read = 0;
    for (let i = 0; i < 2000; i++) {
      const text = JSON.stringify({ value: value(0) }, undefined, pick(3));
      const json = readJsonInYaml(text);
      if (json === undefined) continue;
      read++;
      assert.deepEqual(json, asYaml(text), text);
    }
    assert.ok(read > 1500, `${read}`);
  });
});
