import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { jsonToYaml, parseYaml } from './yaml.ts';

const word = 'abcdefghi';
const words = (count: number): string => Array.from({ length: count }, () => word).join(' ');

describe('long scalars', () => {
  const cases: readonly (readonly [name: string, value: unknown, text: string])[] = [
    ['stay whole up to column 80', { k: words(8) }, `k: ${words(8)}\n`],
    ['break at the first space after column 80', { k: words(10) }, `k: ${words(8)}\n  ${words(2)}\n`],
    ['break where they are quoted', { k: `x: ${words(9)}` }, `k: 'x: ${words(8)}\n  ${word}'\n`],
    ['go on deeper than their list', { l: [words(10)] }, `l:\n- ${words(8)}\n  ${words(2)}\n`],
    ['go on deeper than their key in a list', { l: [{ k: words(10) }] }, `l:\n- k: ${words(8)}\n    ${words(2)}\n`],
    ['do not break at two spaces', { k: `${words(8)}  ${word}` }, `k: ${words(8)}  ${word}\n`],
    [
      'stay as they are in literal blocks',
      { k: `${words(10)}\n${words(10)}\n` },
      `k: |\n  ${words(10)}\n  ${words(10)}\n`,
    ],
    [
      'begin with what is no key',
      { l: [`{ ${words(9)} x: y`, `x: ${words(9)}`] },
      `l:\n- '{ ${words(8)}\n  ${word} x: y'\n- 'x: ${words(8)}\n  ${word}'\n`,
    ],
    [
      'break in double quotes, before two spaces too',
      { k: `\t${words(8)}  ${word} ${words(8)} ${word}` },
      `k: "\\t${words(8)}\n  \\ ${words(8)}\n  ${words(2)}"\n`,
    ],
    ['of lines that end with a space are escaped', { k: `${words(10)} \nx` }, `k: "${words(8)}\n  ${words(2)} \\nx"\n`],
    ['that end with empty lines end the document', { k: 'a\n\n' }, 'k: |+\n  a\n\n'],
    ['without spaces stay whole', { k: 'a'.repeat(100) }, `k: ${'a'.repeat(100)}\n`],
  ];
  for (const [name, value, text] of cases)
    it(name, () => {
      assert.equal(jsonToYaml(value), text);
      assert.deepEqual(parseYaml(text).value, value);
    });
});
