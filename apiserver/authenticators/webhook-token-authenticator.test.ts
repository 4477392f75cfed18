import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { TokenReviewStatus } from '../../api/schema/generated/authentication-v1.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { startReviewWebhookPeer } from '../../test/support/review-webhook-peer.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { openReviewWebhook } from '../webhooks/review-webhook.ts';
import type { Authentication } from './authenticator.ts';
import { createWebhookTokenAuthenticator } from './webhook-token-authenticator.ts';

const jane: TokenReviewStatus = {
  authenticated: true,
  user: { username: 'jane', uid: 'u1', groups: ['devs'], extra: { 'acme.com/project': ['p'] } },
};
const janeAsUser = { name: 'jane', uid: 'u1', groups: ['devs'], extra: { 'acme.com/project': ['p'] } };

describe('token webhook', () => {
  const options = { version: 'v1', cacheTtlMs: 1000, apiAudiences: ['api'] } as const;
  const answering = (status: TokenReviewStatus | undefined) => ({
    asked: 0,
    ask<T>(): Promise<T> {
      this.asked++;
      return Promise.resolve({ status } as T);
    },
  });
  const authenticate = async (
    status: TokenReviewStatus | undefined,
    audiences: readonly string[] = ['api'],
  ): Promise<Authentication> =>
    createWebhookTokenAuthenticator(options, answering(status), createTestDeps()).authenticateToken(
      'secret',
      audiences,
    );

  for (const [name, status, audiences, outcome] of [
    ['knows whose the token is', jane, ['api'], { kind: 'user', user: janeAsUser, audiences: ['api'] }],
    [
      'takes the audiences that the webhook says',
      { ...jane, audiences: ['vault', 'other'] },
      ['api', 'vault'],
      { kind: 'user', user: janeAsUser, audiences: ['vault'] },
    ],
    ['takes no token that is for others', { ...jane, audiences: ['vault'] }, ['api'], { kind: 'none' }],
    ['takes no token for others where the webhook does not know them', jane, ['vault'], { kind: 'none' }],
    ['passes on a token that the webhook does not know', { authenticated: false }, ['api'], { kind: 'none' }],
    ['passes on a token where the webhook says nothing', undefined, ['api'], { kind: 'none' }],
    [
      'says why the token is refused, without the token',
      { error: 'token secret has expired' },
      ['api'],
      { kind: 'rejected', reason: 'token [REDACTED] has expired' },
    ],
    [
      'knows users of whom there is nothing but a name',
      { authenticated: true, user: { username: 'joe' } },
      ['api'],
      { kind: 'user', user: { name: 'joe', uid: '', groups: [], extra: {} }, audiences: ['api'] },
    ],
  ] as [string, TokenReviewStatus | undefined, string[], Authentication][])
    it(name, async () => assert.deepEqual(await authenticate(status, audiences), outcome));

  it('believes an answer for a while, for the same audiences', async () => {
    const deps = createTestDeps({ clock: createFakeClock() });
    const webhook = answering(jane);
    const authenticator = createWebhookTokenAuthenticator(options, webhook, deps);
    for (const audience of ['api', 'api', 'other']) await authenticator.authenticateToken('secret', [audience]);
    assert.equal(webhook.asked, 2);
    await deps.clock.advance(1000);
    await authenticator.authenticateToken('secret', ['api']);
    assert.equal(webhook.asked, 3);
  });

  describe('over TLS', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'k8ts-webhook-'));
    });
    after(() => rm(folder, { recursive: true }));

    for (const version of ['v1', 'v1beta1'] as const)
      it(`asks by TokenReview ${version}`, async () => {
        const peer = await startReviewWebhookPeer(folder, (review: object) => ({ body: { ...review, status: jane } }));
        const webhook = await openReviewWebhook({ kubeConfigFile: peer.kubeConfigFile }, createTestDeps());
        const authenticator = createWebhookTokenAuthenticator({ ...options, version }, webhook, createTestDeps());
        const answer = await authenticator.authenticateToken('secret', ['api']);
        assert.equal(answer.kind, 'user');
        assert.deepEqual(peer.asked, [
          {
            apiVersion: `authentication.k8s.io/${version}`,
            kind: 'TokenReview',
            metadata: {},
            spec: { token: 'secret', audiences: ['api'] },
            status: { user: {} },
          },
        ]);
        webhook.close();
        await peer.close();
      });

    it('rejects tokens while the webhook is away, without a word of them in the log', async () => {
      const peer = await startReviewWebhookPeer(folder, () => ({ status: 403, body: 'who is secret?' }));
      const deps = createTestDeps();
      const webhook = await openReviewWebhook({ kubeConfigFile: peer.kubeConfigFile }, deps);
      const authenticator = createWebhookTokenAuthenticator(options, webhook, deps);
      assert.equal((await authenticator.authenticateToken('secret', ['api'])).kind, 'rejected');
      await peer.close();
      assert.equal((await authenticator.authenticateToken('secret', ['api'])).kind, 'rejected');
      assert.equal(deps.lines.length, 2);
      assert.ok(deps.lines.every(({ level }) => level === 'error'));
      assert.ok(!JSON.stringify(deps.lines).includes('secret'));
      webhook.close();
    });
  });
});
