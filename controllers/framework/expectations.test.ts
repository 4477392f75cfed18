import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFakeClock } from '../../component/fake-clock.ts';
import { Expectations } from './expectations.ts';
import { RecentKeys } from './recent-keys.ts';

describe('Expectations', () => {
  it('hold until every creation and deletion has been seen', () => {
    const expectations = new Expectations(createFakeClock());
    assert.ok(expectations.satisfied('a'));
    expectations.expect('a', { creations: 2 });
    expectations.creationSeen('a');
    assert.ok(!expectations.satisfied('a'));
    expectations.creationSeen('a');
    assert.ok(expectations.satisfied('a'));
    expectations.expect('a', { deletions: ['x', 'y'] });
    expectations.deletionSeen('a', 'x');
    expectations.deletionSeen('a', 'x');
    assert.ok(!expectations.satisfied('a'));
    expectations.deletionSeen('a', 'y');
    assert.ok(expectations.satisfied('a'));
  });

  it('are of one key only, and can be forgotten', () => {
    const expectations = new Expectations(createFakeClock());
    expectations.expect('a', { creations: 1 });
    expectations.creationSeen('b');
    assert.ok(expectations.satisfied('b'));
    assert.ok(!expectations.satisfied('a'));
    expectations.forget('a');
    assert.ok(expectations.satisfied('a'));
  });

  it('are given up after five minutes', async () => {
    const clock = createFakeClock();
    const expectations = new Expectations(clock);
    expectations.expect('a', { creations: 1 });
    await clock.advance(299_000);
    assert.ok(!expectations.satisfied('a'));
    await clock.advance(1_000);
    assert.ok(expectations.satisfied('a'));
  });
});

describe('RecentKeys', () => {
  it('keeps those added last', () => {
    const keys = new RecentKeys(2);
    for (const key of ['a', 'b', 'a', 'c']) keys.add(key);
    assert.deepEqual(
      ['a', 'b', 'c'].map((key) => keys.has(key)),
      [true, false, true],
    );
  });
});
