import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { SubjectAccessReviewStatus } from '../../api/schema/generated/authorization-v1.ts';
import { createFakeClock } from '../../component/fake-clock.ts';
import { FakeCacheReader } from '../../test/support/fake-cache-reader.ts';
import { startInProcessApiServer } from '../../test/support/in-process-api-server.ts';
import { startReviewWebhookPeer } from '../../test/support/review-webhook-peer.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { createUser } from '../authenticators/authenticator.ts';
import { openReviewWebhook, ReviewTimeout } from '../webhooks/review-webhook.ts';
import type { Attributes, Decision } from './authorizer.ts';
import { createAuthorizer } from './create-authorizer.ts';
import { createMatchConditions } from './match-conditions.ts';
import { accessReviewSpec, createWebhookAuthorizer, type WebhookAuthorizerOptions } from './webhook-authorizer.ts';

const asked = (more: Partial<Attributes> = {}): Attributes => ({
  user: createUser({ name: 'jane', uid: 'u1', groups: ['devs'], extra: { scope: ['a'] } }),
  verb: 'list',
  path: '/api/v1/namespaces/default/pods',
  isResource: true,
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: '',
  ...more,
});

const options: WebhookAuthorizerOptions = {
  name: 'default',
  version: 'v1',
  authorizedTtlMs: 1000,
  unauthorizedTtlMs: 100,
  failurePolicy: 'NoOpinion',
};

const answering = (status: SubjectAccessReviewStatus | Error) => ({
  asked: 0,
  ask<T>(): Promise<T> {
    this.asked++;
    return status instanceof Error ? Promise.reject(status) : Promise.resolve({ status } as T);
  },
});

describe('access webhook', () => {
  for (const [name, status, failurePolicy, decision] of [
    ['allows', { allowed: true, reason: 'is owner' }, 'NoOpinion', { kind: 'allow', reason: 'is owner' }],
    ['has no opinion', { allowed: false, reason: 'who?' }, 'Deny', { kind: 'noOpinion', reason: 'who?' }],
    ['denies', { allowed: false, denied: true, reason: 'never' }, 'NoOpinion', { kind: 'deny', reason: 'never' }],
    [
      'is not believed when it both allows and denies',
      { allowed: true, denied: true },
      'NoOpinion',
      {
        kind: 'deny',
        reason: '',
        error: 'webhook subject access review returned both allow and deny response',
      },
    ],
    ['has no opinion when it fails', new Error('down'), 'NoOpinion', { kind: 'noOpinion', reason: '', error: 'down' }],
    ['denies when it fails and is to', new Error('down'), 'Deny', { kind: 'deny', reason: '', error: 'down' }],
  ] as [string, SubjectAccessReviewStatus | Error, WebhookAuthorizerOptions['failurePolicy'], Decision][])
    it(name, async () => {
      const authorizer = createWebhookAuthorizer({ ...options, failurePolicy }, answering(status), createTestDeps());
      assert.deepEqual(await authorizer.authorize(asked()), decision);
    });

  it('counts what it is asked, and how often nobody decided because of it', async () => {
    const deps = createTestDeps();
    for (const failurePolicy of ['NoOpinion', 'Deny'] as const)
      for (const status of [{ allowed: true }, new Error('down'), new ReviewTimeout(3000)])
        await createWebhookAuthorizer({ ...options, failurePolicy }, answering(status), deps).authorize(asked());
    const text = await deps.metrics.metrics();
    for (const line of [
      'apiserver_authorization_webhook_evaluations_total{name="default",result="success"} 2',
      'apiserver_authorization_webhook_evaluations_total{name="default",result="error"} 2',
      'apiserver_authorization_webhook_duration_seconds_count{name="default",result="timeout"} 2',
      'apiserver_authorization_webhook_evaluations_fail_open_total{name="default",result="timeout"} 1',
    ])
      assert.ok(text.includes(line), line);
  });

  it('is believed for a while, longer when it allows', async () => {
    for (const [allowed, keepMs] of [
      [true, options.authorizedTtlMs],
      [false, options.unauthorizedTtlMs],
    ] as const) {
      const deps = createTestDeps({ clock: createFakeClock() });
      const webhook = answering({ allowed });
      const authorizer = createWebhookAuthorizer(options, webhook, deps);
      await authorizer.authorize(asked());
      await authorizer.authorize(asked({ path: '/ignored/for/resources' }));
      assert.equal(webhook.asked, 1);
      await authorizer.authorize(asked({ labelSelector: 'a=b' }));
      assert.equal(webhook.asked, 2);
      await deps.clock.advance(keepMs);
      await authorizer.authorize(asked());
      assert.equal(webhook.asked, 3);
    }
  });

  it('is asked each time about what would fill the cache', async () => {
    const webhook = answering({ allowed: true });
    const authorizer = createWebhookAuthorizer(options, webhook, createTestDeps());
    for (let i = 0; i < 2; i++) await authorizer.authorize(asked({ name: 'x'.repeat(10_000) }));
    assert.equal(webhook.asked, 2);
  });

  it('is asked only about what its conditions match', async () => {
    const webhook = answering({ allowed: true });
    const matches = createMatchConditions([
      'has(request.resourceAttributes)',
      'request.resourceAttributes.namespace == "default"',
    ]);
    const authorizer = createWebhookAuthorizer({ ...options, matches }, webhook, createTestDeps());
    assert.equal((await authorizer.authorize(asked())).kind, 'allow');
    assert.deepEqual(await authorizer.authorize(asked({ namespace: 'other' })), { kind: 'noOpinion', reason: '' });
    assert.deepEqual(await authorizer.authorize(asked({ isResource: false })), { kind: 'noOpinion', reason: '' });
    assert.equal(webhook.asked, 1);
  });

  for (const [failurePolicy, kind] of [
    ['NoOpinion', 'noOpinion'],
    ['Deny', 'deny'],
  ] as const)
    it(`decides ${kind} where a condition cannot be told and the policy is ${failurePolicy}`, async () => {
      const matches = createMatchConditions(['request.extra["none"][0] == "x"']);
      const authorizer = createWebhookAuthorizer(
        { ...options, failurePolicy, matches },
        answering({ allowed: true }),
        createTestDeps(),
      );
      const decision = await authorizer.authorize(asked());
      assert.equal(decision.kind, kind);
      assert.match(decision.error!, /^cel evaluation error: expression 'request.extra\["none"\]\[0\] == "x"' resulted/);
    });

  it('is asked in the words of the API', () => {
    assert.deepEqual(
      accessReviewSpec(
        asked({
          fieldSelector: 'spec.nodeName=n1,status.phase!=Failed',
          labelSelector: 'a=b,c in (e,d),f,!g,h!=i,j>1',
        }),
      ),
      {
        resourceAttributes: {
          namespace: 'default',
          verb: 'list',
          version: 'v1',
          resource: 'pods',
          fieldSelector: {
            requirements: [
              { key: 'spec.nodeName', operator: 'In', values: ['n1'] },
              { key: 'status.phase', operator: 'NotIn', values: ['Failed'] },
            ],
          },
          labelSelector: {
            requirements: [
              { key: 'a', operator: 'In', values: ['b'] },
              { key: 'c', operator: 'In', values: ['d', 'e'] },
              { key: 'f', operator: 'Exists' },
              { key: 'g', operator: 'DoesNotExist' },
              { key: 'h', operator: 'NotIn', values: ['i'] },
            ],
          },
        },
        user: 'jane',
        groups: ['devs'],
        extra: { scope: ['a'] },
        uid: 'u1',
      },
    );
    assert.deepEqual(accessReviewSpec(asked({ isResource: false, verb: 'get', path: '/healthz', user: createUser({ name: 'joe' }) })), { nonResourceAttributes: { path: '/healthz', verb: 'get' }, user: 'joe' }); // prettier-ignore
    assert.ok(!accessReviewSpec(asked({ labelSelector: 'a=(' })).resourceAttributes!.labelSelector);
  });

  it('stands anywhere in the chain, which may change', async () => {
    const webhook = createWebhookAuthorizer(options, answering({ allowed: false, reason: 'who?' }), createTestDeps());
    let links = [{ webhook }, { mode: 'AlwaysDeny' }];
    const chain = createAuthorizer(
      { modes: ['AlwaysAllow'], links: () => links },
      { ...createTestDeps(), cache: new FakeCacheReader() },
    );
    assert.match((await chain.authorize(asked())).reason, /^who\?/);
    links = [{ mode: 'AlwaysAllow' }];
    assert.equal((await chain.authorize(asked())).kind, 'allow');
    const master = asked({ user: createUser({ name: 'root', groups: ['system:masters'] }) });
    links = [{ webhook }];
    assert.equal((await chain.authorize(master)).kind, 'allow');
    assert.deepEqual(chain.rulesFor(master.user, 'default'), {
      resourceRules: [],
      nonResourceRules: [],
      incomplete: true,
      evaluationError: 'webhook authorizer does not support user rule resolution',
    });
  });

  describe('over TLS', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'k8ts-webhook-'));
    });
    after(() => rm(folder, { recursive: true }));

    for (const version of ['v1', 'v1beta1'] as const)
      it(`is asked by SubjectAccessReview ${version}`, async () => {
        const peer = await startReviewWebhookPeer(folder, () => ({ body: { status: { allowed: true } } }));
        const webhook = await openReviewWebhook({ kubeConfigFile: peer.kubeConfigFile }, createTestDeps());
        const authorizer = createWebhookAuthorizer({ ...options, version }, webhook, createTestDeps());
        assert.equal((await authorizer.authorize(asked())).kind, 'allow');
        const [review] = peer.asked as [{ apiVersion: string; kind: string; spec: Record<string, unknown> }];
        assert.deepEqual([review.apiVersion, review.kind], [`authorization.k8s.io/${version}`, 'SubjectAccessReview']);
        assert.deepEqual(review.spec[version === 'v1' ? 'groups' : 'group'], ['devs']);
        webhook.close();
        await peer.close();
      });

    it('lets a server answer 500 where nobody else allows', async () => {
      const webhook = createWebhookAuthorizer(options, answering(new Error('down & out')), createTestDeps());
      const server = await startInProcessApiServer({
        config: { authorizationModes: ['AlwaysDeny'], authorizationLinks: () => [{ webhook }] },
      });
      const answer = await server.send('GET', '/api/v1/pods?limit=1');
      assert.equal(answer.status, 500);
      assert.equal(answer.body, 'Internal Server Error: "/api/v1/pods?limit=1": down &amp; out\n');
      await server.stop();
    });
  });
});
