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

  const unreadable: readonly [type: keyof typeof patchTypes, query: string, code: number, message: string][] = [
    ['json', '', 400, 'error decoding patch: unexpected end of JSON input'],
    ['json', 'fieldValidation=Ignore', 400, 'unexpected end of JSON input'],
    ['merge', '', 400, 'error decoding patch: unexpected end of JSON input'],
    ['merge', 'fieldValidation=Ignore', 400, 'Invalid JSON Patch'],
    ['strategic', '', 400, 'unexpected end of JSON input'],
  ];
  for (const [type, query, code, message] of unreadable) {
    it(`tells of a broken ${type} patch once there is an object, ${query || 'in its words'}`, async () => {
      const name = `broken-${type}${query.length}`;
      const { path } = await create(name);
      const { status, body } = await api.send('PATCH', `${path}?${query}`, '[{"a":', patchTypes[type]);
      assert.deepEqual([status, body.message], [code, message]);
      assert.equal((await api.send('PATCH', `${collection}/none?${query}`, '[{"a":', patchTypes[type])).status, 404);
    });
  }

  it('tells of odd operations of a JSON patch', async () => {
    const { path } = await create('odd');
    const patch = '[{"op":"add","op":"add","path":"/data","value":{"a":"1"},"extra":1}]';
    const answer = await api.send('PATCH', `${path}?fieldValidation=Strict`, patch, patchTypes.json);
    assert.match(answer.body.message, /strict decoding error: json patch duplicate field "\[0\].op", json patch unknown field "\[0\].extra"$/); // prettier-ignore
  });

  it('tells of unknown fields in the order of the document it shows', async () => {
    const { path } = await create('unknown');
    for (const type of ['merge', 'strategic'] as const) {
      const patch = { zz: 1, aa: 2, metadata: { foo: 3 } };
      const answer = await api.send('PATCH', `${path}?fieldValidation=Strict`, patch, patchTypes[type]);
      assert.match(answer.body.message, /unknown field "aa", unknown field "metadata.foo", unknown field "zz"$/);
    }
  });

  const inapplicable: readonly [name: string, configuration: string, message: string][] = [
    ['a time that is none', 'metadata: {name: fit, creationTimestamp: x}', 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'], // prettier-ignore
    ['bytes that are none', 'metadata: {name: fit}\nbinaryData: {a: "!!"}', 'error decoding from json: illegal base64 data at input byte 0'], // prettier-ignore
  ];
  for (const [name, configuration, why] of inapplicable) {
    it(`refuses to apply ${name}`, async () => {
      const sent = `apiVersion: v1\nkind: ConfigMap\n${configuration}\n`;
      const { status, body } = await api.send('PATCH', `${collection}/fit?fieldManager=m`, sent, patchTypes.apply);
      const message = `failed to convert new object (/fit; /v1, Kind=ConfigMap) to proper version: unable to convert unstructured object to /v1, Kind=ConfigMap: ${why}`;
      assert.deepEqual([status, body.message], [500, message]);
    });
  }

  it('refuses to apply keys that stand twice where it is asked to be strict', async () => {
    const sent = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice}\ndata:\n  k: a\n  k: b\n';
    const path = `${collection}/twice?fieldManager=m&fieldValidation=Strict`;
    const { status, body } = await api.send('PATCH', path, sent, patchTypes.apply);
    assert.equal(status, 400);
    assert.equal(body.message, 'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 6: key "k" already set in map'); // prettier-ignore
  });

  for (const apiVersion of ['apps/v1beta1', 'extensions/v1beta1']) {
    it(`refuses a body of ${apiVersion} for its version`, async () => {
      const { status, body } = await api.send('POST', deployments, { ...deployment('old'), apiVersion });
      const message = `the API version in the data (${apiVersion}) does not match the expected API version (apps/v1)`;
      assert.deepEqual([status, body.message], [400, message]);
    });
  }

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
