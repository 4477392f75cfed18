import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { requestInfoOf, type RequestInfo } from './request-info.ts';

function infoOf(method: string, url: string): RequestInfo {
  const [path = '', query = ''] = url.split('?');
  return requestInfoOf({ method, path, query: new URLSearchParams(query) });
}

describe('request info', () => {
  const resources: [string, string, Partial<RequestInfo>][] = [
    ['GET', '/api/v1/namespaces', { verb: 'list', resource: 'namespaces', namespace: '' }],
    ['GET', '/api/v1/namespaces/x', { verb: 'get', resource: 'namespaces', namespace: 'x', name: 'x' }],
    [
      'PUT',
      '/api/v1/namespaces/x/finalize',
      { verb: 'update', resource: 'namespaces', name: 'x', subresource: 'finalize' },
    ],
    ['GET', '/api/v1/namespaces/x/pods', { verb: 'list', resource: 'pods', namespace: 'x', name: '' }],
    ['GET', '/api/v1/namespaces/x/pods?watch=1', { verb: 'watch', resource: 'pods' }],
    ['GET', '/api/v1/namespaces/x/pods?watch=false', { verb: 'list' }],
    ['GET', '/api/v1/watch/namespaces/x/pods/p', { verb: 'watch', resource: 'pods', namespace: 'x', name: 'p' }],
    ['POST', '/api/v1/namespaces/x/pods', { verb: 'create', resource: 'pods', namespace: 'x' }],
    ['DELETE', '/api/v1/namespaces/x/pods', { verb: 'deletecollection' }],
    ['DELETE', '/api/v1/namespaces/x/pods/p', { verb: 'delete', name: 'p' }],
    ['PATCH', '/api/v1/nodes/n/status', { verb: 'patch', resource: 'nodes', name: 'n', subresource: 'status' }],
    ['GET', '/apis/apps/v1/deployments', { verb: 'list', group: 'apps', version: 'v1', resource: 'deployments' }],
    [
      'GET',
      '/apis/apps/v1/namespaces/x/deployments/d/scale',
      { group: 'apps', namespace: 'x', name: 'd', subresource: 'scale' },
    ],
    ['GET', '/api/v1/pods?fieldSelector=metadata.name%3Dp', { verb: 'list', name: 'p' }],
    ['HEAD', '/api/v1/pods', { verb: 'list' }],
    ['OPTIONS', '/api/v1/pods', { verb: '' }],
    ['GET', '/api/v1/namespaces/x/pods/a%20b', { name: 'a b' }],
    ['GET', '/api/v1/namespaces/x/pods/a%2Flog', { name: 'a', subresource: 'log' }],
    ['GET', '/api/v1/namespaces/x%2f..%2Fy/pods', { namespace: 'x', resource: '..', name: 'y', subresource: 'pods' }],
  ];
  for (const [method, url, expected] of resources)
    it(`of ${method} ${url}`, () => {
      const info = infoOf(method, url);
      assert.equal(info.isResource, true);
      for (const [key, value] of Object.entries(expected)) assert.equal(info[key as keyof RequestInfo], value, key);
    });

  for (const [method, url] of [
    ['GET', '/'],
    ['GET', '/healthz'],
    ['GET', '/api/v1'],
    ['GET', '/apis/apps/v1'],
    ['GET', '/apis/apps'],
    ['GET', '/api/v1/namespaces/%zz/pods'],
  ])
    it(`knows ${url} for no resource`, () => {
      const info = infoOf(method!, url!);
      assert.equal(info.isResource, false);
      assert.equal(info.verb, 'get');
    });

  it('takes a path of many slashes apart at once', () => {
    const { isResource, parts } = infoOf('GET', `//a${'/'.repeat(1 << 18)}b//`);
    assert.equal(isResource, false);
    assert.equal(parts.length, (1 << 18) + 1);
    assert.deepEqual([parts[0], parts.at(-1)], ['a', 'b']);
  });
});
