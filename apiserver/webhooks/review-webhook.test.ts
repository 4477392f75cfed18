import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { createFakeClock } from '../../component/fake-clock.ts';
import { startReviewWebhookPeer, type ReviewAnswer } from '../../test/support/review-webhook-peer.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { createAnswerCache } from './answer-cache.ts';
import { openReviewWebhook } from './review-webhook.ts';

const failure = (status: number): ReviewAnswer => ({ status, headers: { 'content-type': 'text/plain' }, body: 'no' });
const success: ReviewAnswer = { body: { status: { allowed: true } } };

describe('review webhook', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-webhook-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** Asks a webhook that answers so, one answer a question, the last one again and again. */
  const ask = async (answers: readonly ReviewAnswer[]): Promise<{ count: number; outcome: object | Error }> => {
    const peer = await startReviewWebhookPeer(folder, (_review, count) => answers[count - 1] ?? answers.at(-1)!);
    const webhook = await openReviewWebhook(
      { kubeConfigFile: peer.kubeConfigFile, initialBackoffMs: 1 },
      createTestDeps(),
    );
    try {
      const outcome = await webhook.ask({ spec: {} }).catch((error: Error) => error);
      return { count: peer.asked.length, outcome };
    } finally {
      webhook.close();
      await peer.close();
    }
  };

  for (const [name, answers, count, outcome] of [
    ['takes an answer', [success], 1, /allowed/],
    ['takes any answer that is a success', [{ ...success, status: 201 }], 1, /allowed/],
    ['asks again after a failure of the server', [failure(500), success], 2, /allowed/],
    ['asks again after a time-out of a gateway', [failure(504), success], 2, /allowed/],
    ['asks again when there were too many requests', [failure(429), success], 2, /allowed/],
    ['asks again when the connection was cut', [{}, success], 2, /allowed/],
    ['gives up after five times', [failure(500)], 5, /no$/],
    ['does not repeat what was refused', [failure(403), success], 1, /no$/],
    ['does not take what is no JSON', [{ body: '<html>' }], 1, /the webhook's answer is not JSON/],
    ['does not take what is no object', [{ body: '7' }], 1, /the webhook's answer is no object/],
  ] as [string, ReviewAnswer[], number, RegExp][])
    it(name, async () => {
      const result = await ask(answers);
      assert.match(result.outcome instanceof Error ? result.outcome.message : JSON.stringify(result.outcome), outcome);
      assert.equal(result.count, count);
    });

  it('says what is wrong with its kubeconfig', async () => {
    await assert.rejects(
      openReviewWebhook({ kubeConfigFile: join(folder, 'absent') }, createTestDeps()),
      /cannot read kubeconfig .*absent/,
    );
  });
});

describe('answers of webhooks', () => {
  it('are believed for their time, the oldest give way, and failures are not kept', async () => {
    const clock = createFakeClock();
    let asked = 0;
    const cache = createAnswerCache<string>(
      { keepMs: (answer) => (answer === 'no' ? 0 : 1000), maxEntries: 2 },
      { clock },
    );
    const ask = (key: string, answer = 'yes'): Promise<string> => cache.get(key, () => (asked++, Promise.resolve(answer))); // prettier-ignore
    await Promise.all([ask('a'), ask('a')]);
    await ask('a');
    assert.equal(asked, 1);
    await clock.advance(1000);
    await ask('a');
    assert.equal(asked, 2);
    await ask('b', 'no');
    await ask('b', 'no');
    assert.equal(asked, 4);
    await ask('c');
    await ask('d');
    await ask('a');
    assert.equal(asked, 7);
    await assert.rejects(cache.get('e', () => Promise.reject(new Error('down'))));
    assert.equal(await ask('e'), 'yes');
  });
});
