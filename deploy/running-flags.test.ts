import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { flagsOf } from './running-flags.ts';

describe('flagsOf', () => {
  const flags = flagsOf([
    'node',
    'k8ts.mjs',
    'kube-apiserver',
    '--a=1',
    '--b',
    '--c',
    'two',
    '-d=x=y',
    '--a=3,4',
    '--e=',
  ]);

  it('reads values after = and after a space, and bare switches', () => {
    assert.deepEqual(
      ['b', 'c', 'd', 'e', 'f'].map((name) => flags.get(name)),
      ['true', 'two', 'x=y', '', undefined],
    );
  });

  it('has the last value of a flag, and all members of a list', () => {
    assert.equal(flags.get('a'), '3,4');
    assert.deepEqual([...flags.list('a'), ...flags.list('f')], ['1', '3', '4']);
  });
});
