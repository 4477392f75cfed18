import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { compareWithKnown, parseKnownDifferences } from './known-differences.ts';

describe('known differences of recorded answers', () => {
  const markdown = [
    '## Recorded answers that differ',
    '| recording | steps | why |',
    '| --- | --- | --- |',
    '| `watch-a` | s1, s2 | not built |',
    '| `watch-a` | s9 | not built either |',
    '',
    '## Components',
    '| `list-a` | s1 | of another table |',
  ].join('\n');

  it('are read from their table alone', () => {
    const known = parseKnownDifferences(markdown);
    assert.deepEqual([...known], [['watch-a', new Set(['s1', 's2', 's9'])]]);
  });

  it('need a reason', () => {
    assert.throws(() => parseKnownDifferences(markdown.replace('not built |', '|')), /no reason for watch-a/);
  });

  it('are those that the documentation has', () => {
    const documented = readFileSync(new URL('../../docs/compatibility.md', import.meta.url), 'utf8');
    assert.doesNotThrow(() => parseKnownDifferences(documented));
  });

  it('tell what is not listed, listed in vain, and listed of nothing', () => {
    const step = (cassette: string, name: string, ok: boolean) => ({ cassette, step: name, ok, diff: [] });
    const replayed = [step('watch-a', 's1', true), step('watch-a', 's2', false), step('watch-a', 's3', false)];
    const { unlisted, resolved, unknown } = compareWithKnown(replayed, parseKnownDifferences(markdown));
    assert.deepEqual(
      unlisted.map((one) => one.step),
      ['s3'],
    );
    assert.deepEqual(
      resolved.map((one) => one.step),
      ['s1'],
    );
    assert.deepEqual(unknown, ['watch-a s9']);
  });
});
