import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { ApiError, expired, hasReason, notFound } from '../api/meta/errors.ts';
import type { ResourceRef } from '../api/resources/define-resource.ts';
import type { ConfigMap, Node, Pod } from '../api/schema/generated/core-v1.ts';
import type { Deployment } from '../api/schema/generated/apps-v1.ts';
import { createFakeClock, type FakeClock } from '../component/fake-clock.ts';
import { failureOf } from '../test/support/failure-of.ts';
import { startPeer, type HttpsPeer } from '../test/support/https-peer.ts';
import { until } from '../test/support/until.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import type { Client, WatchEvent } from './client.ts';
import { createHttpsTransport } from './https-transport.ts';
import { createClient, queryOf, type RestClientOptions } from './rest-client.ts';
import { TransportError } from './transport.ts';

const pods: ResourceRef<Pod> = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', scope: 'Namespaced' };
const nodes: ResourceRef<Node> = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', scope: 'Cluster' };
const configMaps: ResourceRef<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  scope: 'Namespaced',
};
const deployments: ResourceRef<Deployment> = {
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  scope: 'Namespaced',
};

interface Seen {
  readonly line: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: unknown;
}

type Answer = { status?: number; headers?: Record<string, string>; body?: unknown };

const cleanups: (() => unknown)[] = [];

/** A client of a server that answers in turn what it is given (the last for ever), and what that server saw. */
async function setUp(
  answers: Answer[],
  options: Partial<RestClientOptions> & { clock?: FakeClock } = {},
): Promise<{ client: Client; seen: Seen[]; peer: HttpsPeer; deps: ReturnType<typeof createTestDeps> }> {
  const seen: Seen[] = [];
  const peer = await startPeer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      seen.push({
        line: `${request.method} ${request.url}`,
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
      });
      const { status = 200, headers = {}, body = {} } = answers.length > 1 ? answers.shift()! : answers[0]!;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  const deps = createTestDeps({ clock: options.clock });
  const transport = createHttpsTransport({ server: peer.url, certificateAuthority: peer.authority.certificate });
  cleanups.push(
    () => peer.close(),
    () => transport.close(),
  );
  return { client: createClient({ transport, deps, userAgent: 'tester/v1', ...options }), seen, peer, deps };
}

async function collect<T>(events: AsyncIterable<T>, into: T[] = []): Promise<T[]> {
  for await (const event of events) into.push(event);
  return into;
}

describe('rest client', () => {
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  describe('addresses requests as the API wants them', () => {
    const pod: Pod = { metadata: { name: 'a', namespace: 'ns', resourceVersion: '7' } } as Pod;
    const cases: [string, (client: Client) => Promise<unknown>, body?: unknown, contentType?: string][] = [
      ['GET /api/v1/namespaces/ns/pods/a', (c) => c.get(pods, { namespace: 'ns', name: 'a' })],
      ['GET /api/v1/nodes/n?resourceVersion=0', (c) => c.get(nodes, { name: 'n' }, { resourceVersion: '0' })],
      [
        'GET /apis/apps/v1/namespaces/ns/deployments/d/scale',
        (c) => c.get(deployments, { namespace: 'ns', name: 'd' }, { subresource: 'scale' }),
      ],
      ['GET /api/v1/pods', (c) => c.list(pods)],
      [
        'GET /api/v1/namespaces/ns/pods?labelSelector=app%20in%20(a%2Cb)&limit=5&continue=t',
        (c) => c.list(pods, { namespace: 'ns' }, { labelSelector: 'app in (a,b)', limit: 5, continue: 't' }),
      ],
      [
        'POST /api/v1/namespaces/ns/pods?dryRun=All&fieldManager=me',
        (c) => c.create(pods, pod, { dryRun: true, fieldManager: 'me' }),
        { ...pod, kind: 'Pod', apiVersion: 'v1' },
        'application/json',
      ],
      [
        'PUT /api/v1/namespaces/ns/pods/a/status',
        (c) => c.update(pods, pod, { subresource: 'status' }),
        { ...pod, kind: 'Pod', apiVersion: 'v1' },
        'application/json',
      ],
      [
        'PATCH /api/v1/namespaces/ns/pods/a',
        (c) => c.patch(pods, { namespace: 'ns', name: 'a' }, { type: 'json', body: [{ op: 'remove' }] }),
        [{ op: 'remove' }],
        'application/json-patch+json',
      ],
      [
        'PATCH /api/v1/namespaces/ns/pods/a/status',
        (c) =>
          c.patch(
            pods,
            { namespace: 'ns', name: 'a' },
            { type: 'strategic', body: { a: 1 } },
            { subresource: 'status' },
          ),
        { a: 1 },
        'application/strategic-merge-patch+json',
      ],
      [
        'PATCH /api/v1/nodes/n',
        (c) => c.patch(nodes, { name: 'n' }, { type: 'merge', body: { a: null } }),
        { a: null },
        'application/merge-patch+json',
      ],
      [
        'PATCH /api/v1/nodes/n?fieldManager=me&force=true',
        (c) => c.patch(nodes, { name: 'n' }, { type: 'apply', body: {} }, { fieldManager: 'me', force: true }),
        {},
        'application/apply-patch+yaml',
      ],
      [
        'DELETE /api/v1/namespaces/ns/pods/a',
        (c) => c.delete(pods, { namespace: 'ns', name: 'a' }, { gracePeriodSeconds: 0, preconditions: { uid: 'u' } }),
        { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid: 'u' } },
        'application/json',
      ],
      [
        'DELETE /api/v1/namespaces/ns/pods?labelSelector=a%3Db',
        (c) => c.deleteCollection(pods, { namespace: 'ns' }, { labelSelector: 'a=b', propagationPolicy: 'Orphan' }),
        { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Orphan' },
        'application/json',
      ],
      [
        'POST /api/v1/namespaces/ns/pods/a/binding',
        (c) => c.createSubresource(pods, { namespace: 'ns', name: 'a', subresource: 'binding' }, { target: 'n' }),
        { target: 'n' },
        'application/json',
      ],
    ];
    for (const [line, act, body, contentType] of cases) {
      it(line, async () => {
        const { client, seen } = await setUp([{}]);
        await act(client);
        assert.equal(seen[0]?.line, line);
        assert.deepEqual(seen[0]?.body, body);
        assert.equal(seen[0]?.headers['content-type'], contentType);
        assert.equal(seen[0]?.headers['user-agent'], 'tester/v1');
        assert.equal(seen[0]?.headers.accept, 'application/json');
      });
    }
  });

  it('says what set a call off, in what a header can hold', async () => {
    const { client, seen } = await setUp([{}]);
    await client.get(nodes, { name: 'n' }, { cause: 'deployment default/weß\nb' });
    assert.equal(seen[0]?.headers['k8ts-cause'], 'deployment default/we??b');
  });

  it('never answers a list without items', async () => {
    const { client } = await setUp([{ body: { metadata: { resourceVersion: '5' }, items: null } }]);
    assert.deepEqual((await client.list(pods)).items, []);
  });

  it('rebuilds the error that the server wrote', async () => {
    const written = notFound({ group: 'apps', plural: 'deployments' }, 'web');
    const { client } = await setUp([{ status: 404, body: written.toStatus() }]);
    const error = await failureOf(client.get(deployments, { namespace: 'a', name: 'web' }));
    assert.ok(hasReason(error, 'NotFound'));
    assert.equal(error.message, 'deployments.apps "web" not found');
    assert.deepEqual(error.details, written.details);
  });

  for (const [status, body, reason] of [
    [403, 'nope', 'Forbidden'],
    [502, '<html>', 'InternalError'],
    [401, '{"kind":"Pod"}', 'Unauthorized'],
  ] as const) {
    it(`makes an error of a bare ${status}`, async () => {
      const { client } = await setUp([{ status, body }]);
      const error = await failureOf(client.get(nodes, { name: 'n' }));
      assert.ok(error instanceof ApiError);
      assert.equal(error.reason, reason);
      assert.equal(error.code, status);
      assert.match(error.message, /^GET \/api\/v1\/nodes\/n: /);
    });
  }

  it('fails clearly where the answer is not JSON', async () => {
    const { client } = await setUp([{ body: '<html>' }]);
    assert.match(
      (await failureOf(client.get(nodes, { name: 'n' }))).message,
      /GET https:.*\/api\/v1\/nodes\/n: the answer is not JSON/,
    );
  });

  describe('waits as the server asks', () => {
    const busy: Answer = { status: 429, headers: { 'retry-after': '3' }, body: {} };
    const starting: Answer = { status: 503, headers: { 'retry-after': '1' }, body: {} };

    it('repeats any call after 429', async () => {
      const clock = createFakeClock();
      const { client, seen } = await setUp([busy, busy, { status: 201, body: { metadata: { name: 'a' } } }], { clock });
      const made = client.create(configMaps, { metadata: { name: 'a', namespace: 'ns' } });
      await clock.waitForPending(1);
      assert.equal(seen.length, 1);
      await clock.advance(3000);
      await clock.waitForPending(1);
      await clock.advance(3000);
      assert.equal((await made).metadata.name, 'a');
      assert.equal(seen.length, 3);
    });

    it('repeats reads after 503, but no creates', async () => {
      const clock = createFakeClock();
      const { client } = await setUp([starting, { body: { metadata: {} } }], { clock });
      const read = client.get(nodes, { name: 'n' });
      await clock.waitForPending(1);
      await clock.advance(1000);
      await read;
      const { client: other, seen } = await setUp([starting], { clock });
      assert.ok(
        hasReason(
          await failureOf(other.create(configMaps, { metadata: { name: 'a', namespace: 'ns' } })),
          'ServiceUnavailable',
        ),
      );
      assert.equal(seen.length, 1);
    });

    it('leaves it to the caller of a subresource: an eviction that is refused for now is no overload', async () => {
      const { client, seen } = await setUp([busy]);
      const at = { namespace: 'ns', name: 'a', subresource: 'eviction' };
      assert.ok(hasReason(await failureOf(client.createSubresource(pods, at, {})), 'TooManyRequests'));
      assert.equal(seen.length, 1);
    });

    it('gives up after ten times', async () => {
      const { client, seen } = await setUp([{ ...busy, headers: { 'retry-after': '0' } }]);
      assert.ok(hasReason(await failureOf(client.get(nodes, { name: 'n' })), 'TooManyRequests'));
      assert.equal(seen.length, 11);
    });

    it('stops waiting when the signal aborts', async () => {
      const clock = createFakeClock();
      const { client } = await setUp([busy], { clock });
      const stop = new AbortController();
      const read = failureOf(client.get(nodes, { name: 'n' }, { signal: stop.signal }));
      await clock.waitForPending(1);
      stop.abort(new Error('stopped'));
      assert.equal((await read).message, 'stopped');
    });
  });

  it('keeps to its rate limit', async () => {
    const clock = createFakeClock();
    const { client, seen } = await setUp([{}], { clock, rateLimit: { qps: 2, burst: 3 } });
    const calls = Array.from({ length: 5 }, () => client.get(nodes, { name: 'n' }));
    await Promise.all(calls.slice(0, 3));
    assert.equal(seen.length, 3);
    await clock.waitForPending(2);
    await clock.advance(500);
    await calls[3];
    assert.equal(seen.length, 4);
    await clock.advance(500);
    await calls[4];
  });

  it('counts its requests', async () => {
    const { client, deps, peer } = await setUp([{ status: 404, body: {} }]);
    await failureOf(client.get(nodes, { name: 'n' }));
    const text = await deps.metrics.metrics();
    assert.match(
      text,
      new RegExp(`rest_client_requests_total{code="404",method="GET",host="127.0.0.1:${peer.port}"} 1`),
    );
    assert.match(text, /rest_client_request_duration_seconds_count{verb="get",host="127.0.0.1:\d+"} 1/);
  });

  describe('watch', () => {
    const added = (name: string) => ({ type: 'ADDED', object: { metadata: { name, resourceVersion: '1' } } });
    const text = (...events: unknown[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join('');

    it('yields the events in order and ends when the server does', async () => {
      const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } };
      const { client, seen } = await setUp([{ body: text(added('a'), added('b'), bookmark) }]);
      const events = await collect(
        client.watch(pods, { namespace: 'ns' }, { resourceVersion: '5', allowWatchBookmarks: true, timeoutSeconds: 7 }),
      );
      assert.deepEqual(events, [added('a'), added('b'), bookmark]);
      assert.equal(
        seen[0]?.line,
        'GET /api/v1/namespaces/ns/pods?watch=true&resourceVersion=5&allowWatchBookmarks=true&timeoutSeconds=7',
      );
    });

    for (const [name, object] of [
      ['Expired', expired('too old resource version: 1 (9)').toStatus()],
      ['Gone', new ApiError('Gone', 'gone').toStatus()],
    ] as const) {
      it(`throws Expired for an event of a 410 ${name}, after what came before`, async () => {
        const { client } = await setUp([{ body: text(added('a'), { type: 'ERROR', object }) }]);
        const events: WatchEvent<Pod>[] = [];
        const error = await failureOf(collect(client.watch(pods, {}, {}), events));
        assert.equal(events.length, 1);
        assert.ok(hasReason(error, 'Expired'));
        assert.equal(error.code, 410);
      });
    }

    it('throws what the server answers in place of a stream', async () => {
      const { client } = await setUp([{ status: 410, body: expired('old').toStatus() }]);
      assert.ok(hasReason(await failureOf(collect(client.watch(pods, {}, {}))), 'Expired'));
    });

    it('throws a transport error when the connection is cut, after all complete events', async () => {
      const peer = await startPeer((_request, response) => {
        response.write(text(added('a')));
        response.write('{"type":"ADDED","obj');
      });
      const transport = createHttpsTransport({ server: peer.url, insecureSkipTlsVerify: true });
      cleanups.push(
        () => peer.close(),
        () => transport.close(),
      );
      const client = createClient({ transport });
      const events: unknown[] = [];
      const error = await failureOf(
        (async () => {
          for await (const event of client.watch(pods, {}, {})) {
            events.push(event);
            peer.cut();
          }
        })(),
      );
      assert.ok(error instanceof TransportError);
      assert.deepEqual(events, [added('a')]);
    });

    it('reads an event of many megabytes that comes in small pieces', async () => {
      const big = 'x'.repeat(4 << 20);
      const peer = await startPeer((_request, response) => {
        const bytes = Buffer.from(text({ type: 'ADDED', object: { metadata: { name: 'a' }, data: { big } } }));
        for (let at = 0; at < bytes.length; at += 4096) response.write(bytes.subarray(at, at + 4096));
        response.end();
      });
      const transport = createHttpsTransport({ server: peer.url, insecureSkipTlsVerify: true });
      cleanups.push(
        () => peer.close(),
        () => transport.close(),
      );
      const [event] = await collect(createClient({ transport }).watch(configMaps, {}, {}));
      assert.equal((event?.object as ConfigMap).data?.big, big);
    });

    it('hangs up when the reader leaves or the signal aborts', async () => {
      const closed: string[] = [];
      const peer = await startPeer((request, response) => {
        response.write(text(added('a')));
        response.once('close', () => closed.push(request.url ?? ''));
      });
      const transport = createHttpsTransport({ server: peer.url, insecureSkipTlsVerify: true });
      cleanups.push(
        () => peer.close(),
        () => transport.close(),
      );
      const client = createClient({ transport });
      for await (const _event of client.watch(pods, {}, {})) break;
      const stop = new AbortController();
      const error = await failureOf(
        (async () => {
          for await (const _event of client.watch(pods, { namespace: 'x' }, { signal: stop.signal })) {
            stop.abort(new Error('stopped'));
          }
        })(),
      );
      assert.equal(error.message, 'stopped');
      await until(() => closed.length === 2);
    });
  });

  it('writes queries without what is empty', () => {
    assert.equal(queryOf({}), '');
    assert.equal(queryOf({ a: undefined, b: '', c: 0, d: false, e: 'x y&z' }), '?c=0&d=false&e=x%20y%26z');
  });
});
