import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ownCopy } from './own-copy.ts';

describe('a copy of a text of its own', () => {
  it('is the same text', () => {
    for (const text of ['', 'default', 'kube-controller-manager', 'naïve – \u{1F600}'])
      assert.equal(ownCopy(text), text);
  });
});
