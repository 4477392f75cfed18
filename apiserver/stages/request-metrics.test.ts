import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createFakeClock } from '../../component/fake-clock.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import type { ApiRequest, ApiResponse } from '../request.ts';
import { requestInfoOf } from './request-info.ts';
import { createRequestMetrics } from './request-metrics.ts';

const ok = { status: 200, headers: {}, body: { kind: 'none' } } as unknown as ApiResponse;

describe('metrics of requests', () => {
  const setUp = () => {
    const clock = createFakeClock();
    const deps = createTestDeps({ clock });
    const metrics = createRequestMetrics(deps, ({ resource }) => resource === 'pods' || resource === 'nodes');
    const start = (method: string, url: string, headers: ApiRequest['headers'] = {}) => {
      const { pathname, searchParams } = new URL(url, 'http://localhost');
      const request = { method, path: pathname, query: searchParams, headers } as ApiRequest;
      return metrics.start(request, requestInfoOf(request));
    };
    const lines = async (name: string): Promise<string[]> =>
      (await deps.metrics.metrics()).split('\n').filter((line) => line.startsWith(`${name}{`));
    return { clock, start, lines };
  };

  for (const { method, url, headers, labels } of [
    { method: 'GET', url: '/api/v1/namespaces/n/pods/p', labels: 'GET  pods  resource' },
    { method: 'HEAD', url: '/api/v1/namespaces/n/pods/p', labels: 'GET  pods  resource' },
    { method: 'GET', url: '/api/v1/namespaces/n/pods', labels: 'LIST  pods  namespace' },
    { method: 'GET', url: '/api/v1/pods', labels: 'LIST  pods  cluster' },
    { method: 'GET', url: '/api/v1/pods?watch=true', labels: 'WATCH  pods  cluster' },
    { method: 'POST', url: '/api/v1/namespaces/n/pods', labels: 'POST  pods  resource' },
    { method: 'POST', url: '/api/v1/nodes?dryRun=All', labels: 'POST All nodes  resource' },
    { method: 'PATCH', url: '/api/v1/nodes/n/status', labels: 'PATCH  nodes status resource' },
    {
      method: 'PATCH',
      url: '/api/v1/nodes/n',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      labels: 'APPLY  nodes  resource',
    },
    { method: 'DELETE', url: '/api/v1/namespaces/n/pods', labels: 'DELETE  pods  namespace' },
    { method: 'GET', url: '/api/v1/namespaces/n/pods/p/log', labels: 'CONNECT  pods log resource' },
    { method: 'POST', url: '/api/v1/namespaces/n/pods/p/exec', labels: 'CONNECT  pods exec resource' },
    { method: 'GET', url: '/api/v1/made-up/x', labels: 'GET    ' },
    { method: 'GET', url: '/readyz', labels: 'GET    ' },
    { method: 'BREW', url: '/readyz', labels: 'other    ' },
  ]) {
    it(`labels ${method} ${url}${headers ? ' (apply)' : ''} as upstream does`, async () => {
      const { start, lines } = setUp();
      start(method, url, headers)(ok);
      const [line, ...more] = await lines('apiserver_request_total');
      assert.deepEqual(more, []);
      const found = Object.fromEntries([...line!.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
      const { verb, dry_run, resource, subresource, scope, component, code } = found;
      assert.equal([verb, dry_run, resource, subresource, scope].join(' '), labels);
      assert.deepEqual([component, code], ['apiserver', '200']);
    });
  }

  it('counts what runs long as such, and its duration when it has ended', async () => {
    const { clock, start, lines } = setUp();
    const ended = Promise.withResolvers<void>();
    const body = { kind: 'stream', write: () => ended.promise };
    const answer = start('GET', '/api/v1/pods?watch=1')({ ...ok, body } as unknown as ApiResponse);
    assert.deepEqual(await lines('apiserver_request_duration_seconds_count'), []);
    const running = (answer.body as unknown as typeof body).write();
    const [open] = await lines('apiserver_longrunning_requests');
    assert.match(open!, /verb="WATCH".*scope="cluster".* 1$/);
    const inFlight = await lines('apiserver_current_inflight_requests');
    assert.ok(inFlight.every((line) => line.endsWith(' 0')));
    await clock.advance(7_000);
    ended.resolve();
    await running;
    assert.match((await lines('apiserver_request_duration_seconds_sum'))[0]!, / 7$/);
    assert.match((await lines('apiserver_longrunning_requests'))[0]!, / 0$/);
  });
});
