import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { beforeEach, describe, it } from 'mocha';
import { ApiError } from '../api/meta/errors.ts';
import { createFakeClock, type FakeClock } from '../component/fake-clock.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { createDelegatedAuth, type DelegatedAuth } from './delegated-auth.ts';
import { createInProcessTransport } from './in-process-transport.ts';
import { createClient } from './rest-client.ts';

interface Review {
  kind: string;
  spec: { token?: string; user?: string; groups?: string[]; nonResourceAttributes?: { path: string; verb: string } };
}

describe('delegated authentication and authorization', () => {
  let clock: FakeClock;
  let reviews: Review[];
  let failure: ApiError | undefined;
  let auth: DelegatedAuth;
  let deps: ReturnType<typeof createTestDeps>;

  beforeEach(() => {
    clock = createFakeClock();
    reviews = [];
    failure = undefined;
    deps = createTestDeps({ clock });
    const transport = createInProcessTransport(async (request) => {
      const review = JSON.parse((await request.body(1 << 20)).toString()) as Review;
      reviews.push(review);
      const status = failure
        ? undefined
        : review.kind === 'TokenReview'
          ? review.spec.token === 'good'
            ? { authenticated: true, user: { username: 'jane', uid: '7', groups: ['admins'], extra: { a: ['b'] } } }
            : { authenticated: false }
          : { allowed: review.spec.user === 'jane' || review.spec.user === 'prometheus', reason: 'because' };
      const body = failure ? failure.toStatus() : { ...review, metadata: {}, status };
      return {
        status: failure ? failure.code : 201,
        headers: {},
        body: { kind: 'bytes', chunks: [Buffer.from(JSON.stringify(body))] },
      };
    });
    const client = createClient({ transport });
    const options = { alwaysAllowPaths: ['/healthz', '/open/*'] };
    auth = createDelegatedAuth(options, { tokens: client, access: client }, deps);
  });

  function request(url: string, headers: Record<string, string> = {}, certificate?: object): IncomingMessage {
    const socket = certificate
      ? { authorized: true, getPeerCertificate: () => ({ subject: certificate }) }
      : { authorized: false };
    return { method: 'GET', url, headers, socket } as unknown as IncomingMessage;
  }
  const good = { authorization: 'Bearer good' };

  it('asks who a token is and whether they may, and says no with their name', async () => {
    assert.deepEqual(await auth.authorize(request('/metrics?x=1', good)), { allowed: true });
    assert.deepEqual(
      reviews.map((review) => [review.kind, review.spec.token ?? review.spec.user]),
      [
        ['TokenReview', 'good'],
        ['SubjectAccessReview', 'jane'],
      ],
    );
    assert.deepEqual(reviews[1]?.spec.nonResourceAttributes, { path: '/metrics', verb: 'get' });
  });

  it('knows a client certificate without asking, several organizations or one', async () => {
    const one = await auth.authenticate(request('/', {}, { CN: 'prometheus', O: 'monitoring' }));
    assert.deepEqual([one?.name, one?.groups], ['prometheus', ['monitoring', 'system:authenticated']]);
    const many = await auth.authenticate(request('/', good, { CN: 'a', O: ['x', 'y'] }));
    assert.deepEqual(many?.groups, ['x', 'y', 'system:authenticated']);
    assert.deepEqual(reviews, []);
  });

  it('refuses a bad token with 401, and those without rights with 403', async () => {
    assert.deepEqual(await auth.authorize(request('/metrics', { authorization: 'Bearer bad' })), {
      allowed: false,
      status: 401,
      message: 'Unauthorized',
    });
    assert.deepEqual(await auth.authorize(request('/metrics')), {
      allowed: false,
      status: 403,
      message: 'forbidden: User "system:anonymous" cannot get path "/metrics"',
    });
  });

  it('refuses those without credentials at once where nobody may be anonymous', async () => {
    const transport = createInProcessTransport(() => Promise.reject(new Error('asked')));
    const client = createClient({ transport });
    const strict = createDelegatedAuth({ allowAnonymous: false }, { tokens: client, access: client }, deps);
    assert.equal(((await strict.authorize(request('/metrics'))) as { status: number }).status, 401);
  });

  it('lets everybody see the paths that are always allowed', async () => {
    for (const path of ['/healthz', '/healthz?verbose', '/open/', '/open/a/b']) {
      assert.deepEqual(await auth.authorize(request(path)), { allowed: true }, path);
    }
    assert.deepEqual(reviews, []);
    assert.equal((await auth.authorize(request('/healthz/x'))).allowed, false);
  });

  it('believes an answer for ten seconds, and asks once for many at a time', async () => {
    await Promise.all(Array.from({ length: 5 }, () => auth.authorize(request('/metrics', good))));
    await clock.advance(9_999);
    await auth.authorize(request('/metrics', good));
    assert.equal(reviews.length, 2);
    await auth.authorize(request('/other', good));
    assert.equal(reviews.length, 3);
    await clock.advance(1);
    await auth.authorize(request('/metrics', good));
    assert.equal(reviews.length, 5);
  });

  it('lets nobody in while it cannot ask, and does not keep that', async () => {
    failure = new ApiError('InternalError', 'etcd is away');
    const answer = await auth.authorize(request('/metrics', good));
    assert.deepEqual(answer, { allowed: false, status: 403, message: 'forbidden: the API server cannot be asked' });
    assert.equal(deps.lines.length, 1);
    failure = undefined;
    assert.deepEqual(await auth.authorize(request('/metrics', good)), { allowed: true });
  });

  it('asks about resources for servers that stand for one', async () => {
    const user = (await auth.authenticate(request('/', good)))!;
    const resourceAttributes = { verb: 'get', group: '', resource: 'nodes', subresource: 'proxy', name: 'n1' };
    assert.deepEqual(await auth.mayUser(user, { resourceAttributes }), { allowed: true, reason: 'because' });
    assert.deepEqual((reviews[1] as unknown as { spec: object }).spec, {
      resourceAttributes,
      user: 'jane',
      uid: '7',
      groups: ['admins'],
      extra: { a: ['b'] },
    });
  });
});
