import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Digest } from './cache-entry.ts';
import { DigestIndex } from './digest-index.ts';

const digest = (labels?: Record<string, string>, fields?: Record<string, string>): Digest => ({
  name: '',
  namespace: '',
  uid: '',
  labels,
  fields,
});

describe('digest index', () => {
  it('finds keys by the values of a label, in order and within bounds', () => {
    const index = new DigestIndex({ of: 'label', name: 'app' });
    for (const [key, app] of [['c', 'x'], ['a', 'x'], ['b', 'y'], ['d', 'x'], ['e', 'z']] as const) index.add(key, digest({ app })); // prettier-ignore
    index.add('f', digest());
    index.add('g', digest({ other: 'x' }));
    assert.deepEqual(index.keys(['x'], 'a', 'd'), ['a', 'c']);
    assert.deepEqual(index.keys(['x', 'y'], '', 'zz'), ['a', 'b', 'c', 'd']);
    assert.deepEqual(index.keys(['toString', 'none'], '', 'zz'), []);
    assert.equal(index.count(['x', 'z']), 4);
  });

  it('forgets keys under the value they had', () => {
    const index = new DigestIndex({ of: 'label', name: 'app' });
    index.add('a', digest({ app: 'x' }));
    index.delete('a', digest({ app: 'y' }));
    assert.equal(index.count(['x']), 1);
    index.delete('a', digest({ app: 'x' }));
    assert.equal(index.count(['x']), 0);
  });

  it('takes an absent field for an empty one', () => {
    const index = new DigestIndex({ of: 'field', name: 'spec.nodeName' });
    index.add('a', digest(undefined, {}));
    index.add('b', digest(undefined, { 'spec.nodeName': 'n1' }));
    index.add('c', digest());
    assert.deepEqual(index.keys([''], '', 'z'), ['a', 'c']);
    assert.deepEqual(index.keys(['n1'], '', 'z'), ['b']);
  });
});
