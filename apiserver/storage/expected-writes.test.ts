import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Digest } from './cache-entry.ts';
import { ExpectedWrites } from './expected-writes.ts';

const digest: Digest = { name: 'a', namespace: '', uid: '1', labels: undefined, fields: undefined };

describe('expected writes', () => {
  it('give the digest of what was announced, once', () => {
    const writes = new ExpectedWrites();
    writes.add('/k', Buffer.from('one'), digest);
    assert.equal(writes.take('/k', Buffer.from('one')), digest);
    assert.equal(writes.take('/k', Buffer.from('one')), undefined);
  });

  it('know nothing of what another has written under the same key', () => {
    const writes = new ExpectedWrites();
    writes.add('/k', Buffer.from('one'), digest);
    assert.equal(writes.take('/k', Buffer.from('two')), undefined);
    assert.equal(writes.take('/k', Buffer.from('one')), undefined, 'what never comes is forgotten');
  });

  it('forget the oldest when writes fail that nothing follows', () => {
    const writes = new ExpectedWrites();
    for (let i = 0; i <= 4096; i++) writes.add(`/${i}`, Buffer.from('x'), digest);
    assert.equal(writes.take('/0', Buffer.from('x')), undefined);
    assert.equal(writes.take('/4096', Buffer.from('x')), digest);
  });
});
