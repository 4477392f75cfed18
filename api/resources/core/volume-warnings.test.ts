import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { warnOfVolumes } from './volume-warnings.ts';

function warningsOf(...paths: string[]): string[] {
  const warnings: string[] = [];
  const items = paths.map((path) => ({ key: 'k', path }));
  warnOfVolumes([{ name: 'v', configMap: { name: 'c', items } }], 'spec.volumes', warnings);
  return warnings;
}

const overlap = (file: string, before: string): string =>
  `volume "v" (ConfigMap "c"): overlapping paths: "${file}" with "${before}"`;

describe('warnings of volumes', () => {
  it('tell of files that are written over one another or into one another, in their order', () => {
    assert.deepEqual(warningsOf('a', 'b', 'a-b', 'ab', 'a!/b'), []);
    assert.deepEqual(warningsOf('a/b', 'a-b', 'a', 'c', 'a/b/d/', 'c'), [
      overlap('a', 'a/b'),
      overlap('a/b/d', 'a/b'),
      overlap('a/b/d', 'a'),
      overlap('c', 'c'),
    ]);
  });

  it('are had of very many files, and end where no header would hold them', () => {
    assert.deepEqual(warningsOf(...Array.from({ length: 100_000 }, (_, i) => `file-${i}`)), []);
    const same = warningsOf(...Array.from({ length: 20_000 }, () => 'a'));
    assert.equal(same.length, 1000);
    assert.equal(same[0], overlap('a', 'a'));
  });
});
