import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { defineFlags, parseFlags } from '../component/flags.ts';
import { freePorts } from '../test/support/etcd.ts';
import { startReviewWebhookPeer } from '../test/support/review-webhook-peer.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { clientFlags, connect } from './client-flags.ts';
import { secureServingFlags, startSecureServing } from './secure-serving.ts';

const flags = defineFlags({ ...secureServingFlags(10_259), ...clientFlags({ qps: 50, burst: 100 }) });

describe('secure serving', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-serving-'));
  });
  after(() => rm(folder, { recursive: true }));

  const startReviewer = (status: object) =>
    startReviewWebhookPeer(folder, (review: object) => ({ status: 201, body: { ...review, status } }));

  async function getMetrics(kubeconfig: string, args: readonly string[]): Promise<number | undefined> {
    const stop = new AbortController();
    const deps = createTestDeps();
    const [port] = await freePorts(1);
    const all = [`--kubeconfig=${kubeconfig}`, `--secure-port=${port}`, `--cert-dir=${folder}`, ...args];
    const parsed = parseFlags(flags, ['--bind-address=127.0.0.1', ...all]);
    assert.ok(parsed.kind === 'run');
    const connected = await connect(parsed.values, 'kube-scheduler', deps);
    const options = { component: 'kube-scheduler', checks: [], connected };
    const server = await startSecureServing(parsed.values, options, deps, stop.signal);
    const headers = { authorization: 'Bearer good' };
    const request = https.get(`${server!.url}/metrics`, { headers, rejectUnauthorized: false, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
    stop.abort();
    await server!.closed;
    connected.transport.close();
    return response.statusCode;
  }

  const flagSets: readonly (readonly [what: string, flags: readonly string[], own: string[], other: string[]])[] = [
    ['one API server', [], ['TokenReview', 'SubjectAccessReview'], []],
    ['another for tokens', ['authentication-kubeconfig'], ['SubjectAccessReview'], ['TokenReview']],
    ['another for rights', ['authorization-kubeconfig'], ['TokenReview'], ['SubjectAccessReview']],
    [
      'another for both',
      ['authentication-kubeconfig', 'authorization-kubeconfig'],
      [],
      ['TokenReview', 'SubjectAccessReview'],
    ],
  ];
  for (const [what, names, askedOfOwn, askedOfOther] of flagSets)
    it(`asks ${what}`, async () => {
      const status = { authenticated: true, user: { username: 'jane' }, allowed: true };
      const [own, other] = [await startReviewer(status), await startReviewer(status)];
      const args = names.map((name) => `--${name}=${other.kubeConfigFile}`);
      assert.equal(await getMetrics(own.kubeConfigFile, args), 200);
      const kinds = [own, other].map(({ asked }) => asked.map(({ kind }: { kind: string }) => kind));
      assert.deepEqual(kinds, [askedOfOwn, askedOfOther]);
      await Promise.all([own.close(), other.close()]);
    });

  it('keeps those out whom the server does not let', async () => {
    const reviewer = await startReviewer({ authenticated: true, user: { username: 'joe' }, allowed: false });
    assert.equal(await getMetrics(reviewer.kubeConfigFile, []), 403);
    await reviewer.close();
  });

  it('does not listen where the port is 0', async () => {
    const reviewer = await startReviewer({});
    const parsed = parseFlags(flags, [`--kubeconfig=${reviewer.kubeConfigFile}`, '--secure-port=0']);
    assert.ok(parsed.kind === 'run');
    const deps = createTestDeps();
    const connected = await connect(parsed.values, 'kube-scheduler', deps);
    const options = { component: 'kube-scheduler', checks: [], connected };
    assert.equal(await startSecureServing(parsed.values, options, deps, new AbortController().signal), undefined);
    await reviewer.close();
  });
});
