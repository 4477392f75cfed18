import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { hasReason } from '../../api/meta/errors.ts';
import { createTestDeps } from '../../test/support/test-deps.ts';
import { versionInfo } from '../discovery/version.ts';
import type { ApiResponse } from '../request.ts';
import { createZPages, type ZPages } from './z-pages.ts';

const startedMs = Date.UTC(2026, 9, 7, 22, 51, 35);

/** Pages of a server that has run for seven minutes and thirteen seconds. */
function pages(): ZPages {
  let now = startedMs;
  const deps = createTestDeps();
  const made = createZPages({
    flags: { v: '2', 'etcd-servers': '[http://a]' },
    version: { ...versionInfo('linux', 'x64'), goVersion: 'nodev26.0.0' },
    listedPaths: () => ['/', '/api', '/apis/apps/v1', '/healthz', '/healthz/etcd', '/statusz', '/metrics'],
    deps: { random: { ...deps.random, next: () => 0.5 }, clock: { ...deps.clock, now: () => now } },
  });
  now += 433_000;
  return made;
}

function get(path: string, accept?: string): ApiResponse & { readonly text: string } {
  const response = pages().handle({ path, headers: accept === undefined ? {} : { accept } });
  assert.ok(response?.body.kind === 'bytes');
  return { ...response, text: Buffer.concat(response.body.chunks).toString() };
}

const warning =
  'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.';

describe('pages for people', () => {
  for (const accept of [undefined, '', '*/*', 'text/plain', 'application/json;v=v9;g=config.k8s.io;as=Flagz,*/*'])
    it(`are text for ${accept === undefined ? 'no Accept' : JSON.stringify(accept)}`, () => {
      const flagz = get('/flagz', accept);
      assert.equal(flagz.headers['content-type'], 'text/plain; charset=utf-8');
      assert.equal(flagz.text, `\nkube-apiserver flagz\n${warning}\netcd-servers=[http://a]\nv=2\n`);
    });

  it('say how the server fares', () => {
    assert.equal(
      get('/statusz').text,
      [
        `\nkube-apiserver statusz\n${warning}\n`,
        'Started= Wed Oct  7 22:51:35 UTC 2026',
        'Up= 0 hr 07 min 13 sec',
        'Go version= nodev26.0.0',
        'Binary version= 1.36.3',
        'Emulation version= 1.36',
        'Paths= /healthz /metrics /statusz',
        '',
      ].join('\n'),
    );
  });

  it('are objects for who names their version', () => {
    const flagz = get('/flagz', 'application/json;v=v1beta1;g=config.k8s.io;as=Flagz');
    assert.equal(flagz.headers['content-type'], 'application/json');
    assert.equal(flagz.headers['warning'], undefined);
    assert.deepEqual(JSON.parse(flagz.text), {
      kind: 'Flagz',
      apiVersion: 'config.k8s.io/v1beta1',
      metadata: { name: 'kube-apiserver' },
      flags: { v: '2', 'etcd-servers': '[http://a]' },
    });
    assert.deepEqual(JSON.parse(get('/statusz', 'application/json;v=v1beta1;g=config.k8s.io;as=Statusz').text), {
      kind: 'Statusz',
      apiVersion: 'config.k8s.io/v1beta1',
      metadata: { name: 'kube-apiserver' },
      startTime: '2026-10-07T22:51:35Z',
      uptimeSeconds: 433,
      goVersion: 'nodev26.0.0',
      binaryVersion: '1.36.3',
      emulationVersion: '1.36',
      paths: ['/healthz', '/metrics', '/statusz'],
    });
  });

  it('warn of the older version', () => {
    const json = (version: string): string => `application/json;v=${version};g=config.k8s.io;as=Statusz`;
    const older = get('/statusz', `${json('v1alpha1')},${json('v1beta1')}`);
    assert.match(older.text, /"apiVersion":"config.k8s.io\/v1alpha1"/);
    assert.equal(
      older.headers['warning'],
      '299 - "This version of the statusz endpoint is deprecated. Please use a newer version."',
    );
    assert.equal(get('/statusz', `${json('v1beta1')},${json('v1alpha1')}`).headers['warning'], undefined);
  });

  it('are written as YAML too', () => {
    const flagz = get('/flagz', 'application/yaml;v=v1beta1;g=config.k8s.io;as=Flagz');
    assert.equal(flagz.headers['content-type'], 'application/yaml');
    assert.match(flagz.text, /^apiVersion: config.k8s.io\/v1beta1\n/);
  });

  for (const accept of [
    'application/json',
    'application/xml',
    'application/json;v=v1beta1;g=config.k8s.io',
    'application/json;v=v1beta1;g=config.k8s.io;as=Statusz',
    'application/vnd.kubernetes.protobuf;v=v1beta1;g=config.k8s.io;as=Flagz',
    'text/plain;v=v1beta1;g=config.k8s.io;as=Flagz',
  ])
    it(`refuse ${accept}`, () => {
      assert.throws(
        () => get('/flagz', accept),
        (error) =>
          hasReason(error, 'NotAcceptable') &&
          (error as Error).message ===
            'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf, text/plain',
      );
    });

  it('are no others', () => assert.equal(pages().handle({ path: '/toString', headers: {} }), undefined));
});
