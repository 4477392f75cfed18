import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { packageClosure } from './package-closure.ts';

describe('packageClosure', () => {
  const lock = {
    packages: {
      '': { dependencies: { a: '1' } },
      'node_modules/a': { dependencies: { b: '2', shared: '1' } },
      'node_modules/a/node_modules/b': { dependencies: { shared: '1' } },
      'node_modules/b': {},
      'node_modules/shared': { dependencies: { a: '1' } },
      'node_modules/unrelated': {},
    },
  };

  it('prefers the nested package, follows what it needs, and ends on cycles', () => {
    assert.deepEqual(packageClosure(lock, ['a']), [
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/shared',
    ]);
  });

  it('leaves out what is not installed', () => {
    assert.deepEqual(packageClosure(lock, ['missing']), []);
  });
});
