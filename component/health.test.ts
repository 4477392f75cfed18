import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { answerCheck, answerHealth, ping, type HealthCheck } from './health.ts';

const good: HealthCheck = { name: 'log', check: async () => {} };
const bad: HealthCheck = { name: 'etcd', check: () => Promise.reject(new Error('secret reason')) };

describe('health', () => {
  const cases: [string, HealthCheck[], string, number, string][] = [
    ['all is well', [ping, good], '', 200, 'ok'],
    ['asked to be wordy', [ping, good], 'verbose', 200, '[+]ping ok\n[+]log ok\nhealthz check passed\n'],
    [
      'something is wrong, keeping the reason to itself',
      [ping, bad],
      '',
      500,
      '[+]ping ok\n[-]etcd failed: reason withheld\nhealthz check failed\n',
    ],
    [
      'what is wrong is left out',
      [ping, bad],
      'verbose=true&exclude=etcd',
      200,
      '[+]ping ok\n[+]etcd excluded: ok\nhealthz check passed\n',
    ],
    [
      'unknown checks are left out',
      [ping],
      'exclude=b&exclude=a&verbose',
      200,
      '[+]ping ok\nwarn: some health checks cannot be excluded: no matches for "a","b"\nhealthz check passed\n',
    ],
  ];
  for (const [name, checks, query, status, text] of cases) {
    it(`answers when ${name}`, async () => {
      const answer = await answerHealth('healthz', checks, new URLSearchParams(query));
      assert.equal(answer.status, status);
      assert.equal(answer.text, text);
      assert.equal(answer.contentType, 'text/plain; charset=utf-8');
    });
  }

  it('reports failures with their errors for the log', async () => {
    const { failures } = await answerHealth('readyz', [good, bad], new URLSearchParams());
    assert.deepEqual(
      failures.map(({ name, error }) => [name, (error as Error).message]),
      [['etcd', 'secret reason']],
    );
  });

  it('answers for one check', async () => {
    assert.equal((await answerCheck(good)).text, 'ok');
    const answer = await answerCheck(bad);
    assert.deepEqual([answer.status, answer.text], [500, 'internal server error: secret reason\n']);
  });
});
