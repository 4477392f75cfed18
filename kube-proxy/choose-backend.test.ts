import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createTestDeps } from '../test/support/test-deps.ts';
import type { BackendEntry } from './backends/proxy-backend.ts';
import { chooseBackend } from './choose-backend.ts';

const entry = (name: string, reason?: string): BackendEntry => ({
  name,
  unavailable: () => Promise.resolve(reason),
  create: () => assert.fail('not asked to create'),
  cleanup: () => assert.fail('not asked to clean up'),
});

describe('chooseBackend', () => {
  const entries = [entry('best', 'best: not found'), entry('next'), entry('last')];

  it('takes the first that works, and says in one line which and why', async () => {
    const { log, lines } = createTestDeps();
    assert.equal((await chooseBackend('', log, entries)).name, 'next');
    assert.equal(lines.length, 1);
    assert.deepEqual(lines[0]?.fields, { mode: 'next', reasons: ['best: best: not found'] });
  });

  it('takes the one asked for and no other', async () => {
    const { log, lines } = createTestDeps();
    assert.equal((await chooseBackend('last', log, entries)).name, 'last');
    assert.equal(lines.length, 1);
    await assert.rejects(chooseBackend('best', log, entries), {
      name: 'FlagError',
      message: 'no proxy mode works on this host: best: best: not found',
    });
    await assert.rejects(chooseBackend('other', log, entries), { message: /choose from best, next, last$/ });
  });
});
