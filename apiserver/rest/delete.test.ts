import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { pods } from '../../api/resources/core/pod.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import { startInProcessApiServer, type InProcessApiServer } from '../../test/support/in-process-api-server.ts';

const collection = '/api/v1/namespaces/default/configmaps';
const podCollection = '/api/v1/namespaces/default/pods';
const merge = { 'content-type': 'application/merge-patch+json' };

describe('delete', () => {
  let api: InProcessApiServer;
  before(async () => {
    api = await startInProcessApiServer();
    await api.client.create(serviceAccounts, { metadata: { namespace: 'default', name: 'default' } });
  });
  after(() => api.stop());

  const create = async (name: string, metadata: object = {}): Promise<{ uid: string; path: string }> => {
    const { body } = await api.send('POST', collection, { metadata: { name, ...metadata } });
    return { uid: body.metadata.uid as string, path: `${collection}/${name}` };
  };
  const createPod = async (name: string, nodeName?: string): Promise<string> => {
    await api.client.create(pods, {
      metadata: { namespace: 'default', name },
      spec: { containers: [{ name: 'c', image: 'nginx' }], nodeName, automountServiceAccountToken: false },
    });
    return `${podCollection}/${name}`;
  };

  it('answers that the object is gone', async () => {
    const { uid, path } = await create('gone');
    const { body } = await api.send('DELETE', path);
    assert.equal(body.status, 'Success');
    assert.deepEqual(body.details, { name: 'gone', kind: 'configmaps', uid });
    assert.equal((await api.send('GET', path)).status, 404);
    assert.equal((await api.send('DELETE', path)).status, 404);
  });

  it('waits for finalizers, and goes with the last of them', async () => {
    const { path } = await create('held', { finalizers: ['example.com/x'] });
    const { body } = await api.send('DELETE', path);
    assert.equal(body.kind, 'ConfigMap');
    assert.ok(body.metadata.deletionTimestamp);
    assert.equal(body.metadata.deletionGracePeriodSeconds, 0);
    const again = await api.send('POST', collection, { metadata: { name: 'held' } });
    assert.match(again.body.message, /^object is being deleted: /);
    const more = await api.send('PATCH', path, { metadata: { finalizers: ['example.com/x', 'example.com/y'] } }, merge);
    assert.equal(more.status, 422);
    assert.equal((await api.send('PATCH', path, { metadata: { finalizers: null } }, merge)).status, 200);
    assert.equal((await api.send('GET', path)).status, 404);
  });

  it('lets pods on a node go gracefully, only ever sooner', async () => {
    const path = await createPod('graceful', 'node1');
    const { body } = await api.send('DELETE', path);
    assert.equal(body.metadata.deletionGracePeriodSeconds, 30);
    assert.equal(body.metadata.generation, 2);
    const later = await api.send('DELETE', `${path}?gracePeriodSeconds=50`);
    assert.equal(later.body.metadata.deletionGracePeriodSeconds, 30);
    const sooner = await api.send('DELETE', `${path}?gracePeriodSeconds=5`);
    assert.equal(sooner.body.metadata.deletionGracePeriodSeconds, 5);
    await api.send('DELETE', `${path}?gracePeriodSeconds=0`);
    assert.equal((await api.send('GET', path)).status, 404);
  });

  it('removes pods without a node at once', async () => {
    const path = await createPod('homeless');
    const { body } = await api.send('DELETE', path);
    assert.equal(body.metadata.deletionGracePeriodSeconds, 0);
    assert.equal((await api.send('GET', path)).status, 404);
  });

  it('marks for the garbage collector what a policy asks for', async () => {
    for (const [policy, finalizer] of [
      ['Foreground', 'foregroundDeletion'],
      ['Orphan', 'orphan'],
    ]) {
      const { path } = await create(`policy-${finalizer!.toLowerCase()}`);
      const { body } = await api.send('DELETE', `${path}?propagationPolicy=${policy}`);
      assert.deepEqual(body.metadata.finalizers, [finalizer]);
    }
  });

  it('checks preconditions', async () => {
    const { uid, path } = await create('guarded');
    const wrong = await api.send('DELETE', path, { preconditions: { uid: '11111111-2222-3333-4444-555555555555' } });
    assert.equal(wrong.status, 409);
    assert.equal((await api.send('DELETE', path, { preconditions: { uid } })).status, 200);
  });

  it('deletes nothing on a dry run', async () => {
    const { path } = await create('dry');
    assert.equal((await api.send('DELETE', `${path}?dryRun=All`)).status, 200);
    assert.equal((await api.send('GET', path)).status, 200);
  });

  it('deletes what a selector chooses', async () => {
    for (const [name, group] of [
      ['a1', 'a'],
      ['a2', 'a'],
      ['b1', 'b'],
    ])
      await create(name!, { labels: { group } });
    const { body } = await api.send('DELETE', `${collection}?labelSelector=group%3Da`);
    assert.equal(body.items.length, 2);
    const { body: left } = await api.send('GET', `${collection}?labelSelector=group`);
    assert.deepEqual(
      left.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
      ['b1'],
    );
  });

  it('ends namespaces in two steps', async () => {
    const path = '/api/v1/namespaces/ending';
    await api.send('POST', '/api/v1/namespaces', { metadata: { name: 'ending' } });
    const { body } = await api.send('DELETE', path);
    assert.equal(body.status.phase, 'Terminating');
    const late = await api.send('POST', `${path}/configmaps`, { metadata: { name: 'late' } });
    assert.equal(late.status, 403);
    const { status } = await api.send('PUT', `${path}/finalize`, { ...body, spec: { finalizers: [] } });
    assert.equal(status, 200);
    assert.equal((await api.send('GET', path)).status, 404);
  });

  const refusals: [string, unknown, number, RegExp][] = [
    ['?dryRun=Some', undefined, 422, /dryRun: Unsupported value/],
    ['?gracePeriodSeconds=x', undefined, 400, /strconv\.ParseInt/],
    ['?propagationPolicy=Maybe', undefined, 422, /propagationPolicy: Unsupported value/],
    ['', { kind: 'Bogus', apiVersion: 'v1' }, 400, /no kind "Bogus" is registered/],
  ];
  for (const [query, body, status, message] of refusals)
    it(`refuses ${query || 'another kind of options'}`, async () => {
      const { path } = await create('refusing');
      const answer = await api.send('DELETE', path + query, body);
      assert.equal(answer.status, status);
      assert.match(answer.body.message, message);
    });

  const badBodies: [string, string, number, string][] = [
    [
      'another kind',
      '{"kind":"Bogus"}',
      400,
      'no kind "Bogus" is registered for version "v1" in scheme "pkg/runtime/scheme.go:111"',
    ],
    [
      'options of something else',
      '{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}',
      500,
      'decoded object cannot be converted to DeleteOptions',
    ],
    [
      'a version of three parts',
      '{"kind":"DeleteOptions","apiVersion":"a/b/c"}',
      400,
      'unexpected GroupVersion string: a/b/c',
    ],
    [
      'a kind that is no text',
      '{"kind":5}',
      400,
      "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string",
    ],
  ];
  for (const [what, body, status, message] of badBodies)
    it(`takes no ${what} as options`, async () => {
      const answer = await api.send('DELETE', `${collection}/absent`, body);
      assert.deepEqual([answer.status, answer.body.message], [status, message]);
    });

  it('answers a collection in the form that was asked for', async () => {
    await create('listed', { labels: { listed: 'yes' } });
    const path = `${collection}?labelSelector=listed&dryRun=All`;
    for (const as of ['Table', 'PartialObjectMetadataList']) {
      const { body } = await api.send('DELETE', path, undefined, {
        accept: `application/json;as=${as};v=v1;g=meta.k8s.io`,
      });
      assert.equal(body.kind, as);
      assert.equal((body.rows ?? body.items).length, 1);
    }
  });
});
