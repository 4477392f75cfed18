import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { startInProcessApiServer, type InProcessApiServer } from '../../test/support/in-process-api-server.ts';

const collection = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const patchTypes = {
  json: { 'content-type': 'application/json-patch+json' },
  merge: { 'content-type': 'application/merge-patch+json' },
  strategic: { 'content-type': 'application/strategic-merge-patch+json' },
  apply: { 'content-type': 'application/apply-patch+yaml' },
};

function deployment(name: string): object {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
    },
  };
}

describe('update and patch', () => {
  let api: InProcessApiServer;
  before(async () => {
    api = await startInProcessApiServer();
  });
  after(() => api.stop());

  const create = async (name: string, rest: object = {}): Promise<{ body: never; path: string }> => {
    const { body } = await api.send('POST', collection, { metadata: { name }, ...rest });
    return { body: body as never, path: `${collection}/${name}` };
  };

  it('refuses an update of what is no longer the newest', async () => {
    const { body, path } = await create('stale', { data: { a: '1' } });
    const object = body as { metadata: object };
    assert.equal((await api.send('PUT', path, { ...object, data: { a: '2' } })).status, 200);
    const { status, body: answer } = await api.send('PUT', path, { ...object, data: { a: '3' } });
    assert.equal(status, 409);
    assert.match(answer.message, /the object has been modified; please apply your changes/);
  });

  it('does not write what changes nothing', async () => {
    const { body, path } = await create('same', { data: { a: '1' } });
    const before = body as { metadata: { resourceVersion: string } };
    const { body: after } = await api.send('PUT', path, { metadata: { name: 'same' }, data: { a: '1' } });
    assert.equal(after.metadata.resourceVersion, before.metadata.resourceVersion);
  });

  it('keeps what only the server may change', async () => {
    const { body, path } = await create('kept');
    const { metadata } = body as { metadata: { uid: string; creationTimestamp: string } };
    const sent = { metadata: { name: 'kept', creationTimestamp: '2001-01-01T00:00:00Z' }, data: { a: '1' } };
    const { body: after } = await api.send('PUT', path, sent);
    assert.equal(after.metadata.uid, metadata.uid);
    assert.equal(after.metadata.creationTimestamp, metadata.creationTimestamp);
    const other = { metadata: { name: 'kept', uid: '11111111-2222-3333-4444-555555555555' } };
    assert.equal((await api.send('PUT', path, other)).status, 409);
  });

  it('counts up the generation for changes of the spec alone', async () => {
    await api.send('POST', deployments, deployment('gen'));
    const path = `${deployments}/gen`;
    const patch = (body: object, where = path): Promise<{ body: { metadata: { generation: number } } }> =>
      api.send('PATCH', where, body, patchTypes.merge);
    assert.equal((await patch({ metadata: { labels: { a: 'b' } } })).body.metadata.generation, 1);
    assert.equal((await patch({ spec: { replicas: 2 } })).body.metadata.generation, 2);
    const { body } = await api.send(
      'PATCH',
      `${path}/status`,
      { status: { replicas: 2 }, spec: { replicas: 9 } },
      patchTypes.merge,
    );
    assert.equal(body.metadata.generation, 2);
    assert.equal(body.spec.replicas, 2);
    assert.equal(body.status.replicas, 2);
  });

  it('takes the four kinds of patches', async () => {
    await api.send('POST', deployments, deployment('patched'));
    const path = `${deployments}/patched`;
    const json = await api.send(
      'PATCH',
      path,
      [{ op: 'add', path: '/metadata/labels', value: { j: '1' } }],
      patchTypes.json,
    );
    assert.deepEqual(json.body.metadata.labels, { j: '1' });
    const containers = [{ name: 'side', image: 'busybox' }];
    const strategic = await api.send(
      'PATCH',
      path,
      { spec: { template: { spec: { containers } } } },
      patchTypes.strategic,
    );
    assert.deepEqual(
      strategic.body.spec.template.spec.containers.map(({ name }: { name: string }) => name),
      ['side', 'c'],
    );
    const merge = await api.send(
      'PATCH',
      path,
      { metadata: { labels: null }, spec: { replicas: 4 } },
      patchTypes.merge,
    );
    assert.equal(merge.body.metadata.labels, undefined);
    const applied = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'patched' }, spec: { replicas: 5 } };
    const conflict = await api.send('PATCH', `${path}?fieldManager=me`, applied, patchTypes.apply);
    assert.equal(conflict.status, 409);
    assert.equal(conflict.body.details.causes[0].field, '.spec.replicas');
    const forced = await api.send('PATCH', `${path}?fieldManager=me&force=true`, applied, patchTypes.apply);
    assert.equal(forced.body.spec.replicas, 5);
  });

  it('creates by apply what is not there', async () => {
    const applied = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data: { a: '1' } };
    const path = `${collection}/applied?fieldManager=me`;
    assert.equal((await api.send('PATCH', path, applied, patchTypes.apply)).status, 201);
    assert.equal((await api.send('PATCH', path, applied, patchTypes.apply)).status, 200);
  });

  it('loses no patch of many at once', async () => {
    const { path } = await create('contended', { data: {} });
    const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
    const answers = await Promise.all(
      keys.map((key) => api.send('PATCH', path, { data: { [key]: 'x' } }, patchTypes.merge)),
    );
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
    const { data } = await api.client.get(configMaps, { namespace: 'default', name: 'contended' });
    assert.deepEqual(Object.keys(data!).sort(), [...keys].sort());
  });

  it('creates by PUT where the resource lets it', async () => {
    const lease = '/apis/coordination.k8s.io/v1/namespaces/default/leases/put';
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'put' }, spec: {} };
    assert.equal((await api.send('PUT', lease, body)).status, 201);
    assert.equal((await api.send('PUT', `${collection}/absent`, { metadata: { name: 'absent' } })).status, 404);
  });

  const refusals: [string, string, object, Record<string, string>, number, RegExp][] = [
    ['a patch of no type', 'PATCH', {}, { 'content-type': 'application/json' }, 415, /Unsupported Media Type/],
    ['a patch that fits no type', 'PATCH', { data: { a: 5 } }, patchTypes.merge, 422, /cannot unmarshal number/],
    ['another name', 'PUT', { metadata: { name: 'other' } }, {}, 400, /does not match the name on the URL/],
    ['force without apply', 'PATCH', {}, patchTypes.merge, 422, /may not be specified for non-apply patch/],
  ];
  for (const [what, method, body, headers, status, message] of refusals)
    it(`refuses ${what}`, async () => {
      await create('refusing');
      const query = what.startsWith('force') ? '?force=true' : '';
      const answer = await api.send(method, `${collection}/refusing${query}`, body, headers);
      assert.equal(answer.status, status);
      assert.match(answer.body.message, message);
    });
});
