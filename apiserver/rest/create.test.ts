import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { startInProcessApiServer, type InProcessApiServer } from '../../test/support/in-process-api-server.ts';

const collection = '/api/v1/namespaces/default/configmaps';

describe('create', () => {
  let api: InProcessApiServer;
  before(async () => {
    api = await startInProcessApiServer();
  });
  after(() => api.stop());

  const configMap = (metadata: object, rest: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata,
    ...rest,
  });

  it('fills in what only the server knows', async () => {
    const { status, body } = await api.send('POST', collection, configMap({ name: 'filled', uid: 'mine' }));
    assert.equal(status, 201);
    assert.match(body.metadata.uid, /^[0-9a-f]{8}-/);
    assert.match(body.metadata.creationTimestamp, /^\d{4}-.*Z$/);
    assert.match(body.metadata.resourceVersion, /^\d+$/);
    assert.equal(body.metadata.namespace, 'default');
  });

  it('makes names from generateName', async () => {
    const made = await Promise.all(
      Array.from({ length: 5 }, () => api.send('POST', collection, configMap({ generateName: 'made-' }))),
    );
    const names = made.map(({ body }) => body.metadata.name as string);
    assert.equal(new Set(names).size, 5);
    for (const name of names) assert.match(name, /^made-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('writes nothing on a dry run', async () => {
    const { status, body } = await api.send('POST', `${collection}?dryRun=All`, configMap({ name: 'dry' }));
    assert.equal(status, 201);
    assert.equal(body.metadata.resourceVersion, undefined);
    assert.equal((await api.send('GET', `${collection}/dry`)).status, 404);
  });

  for (const { query = '', resourceVersion, status, answers } of [
    { resourceVersion: '5', status: 500, answers: 'resourceVersion should not be set on objects to be created' },
    { resourceVersion: '0', status: 201, answers: /^\d+$/ },
    { resourceVersion: 'x', status: 201, answers: /^\d+$/ },
    { query: '?dryRun=All', resourceVersion: '5', status: 201, answers: /^5$/ },
    { query: '?dryRun=All', resourceVersion: '0', status: 201, answers: undefined },
  ])
    it(`answers ${status} to the resourceVersion ${resourceVersion}${query && ' on a dry run'}`, async () => {
      const answer = await api.send(
        'POST',
        collection + query,
        configMap({ generateName: 'versioned-', resourceVersion }),
      );
      assert.equal(answer.status, status);
      if (status !== 201) assert.equal(answer.body.message, answers);
      else if (answers) assert.match(answer.body.metadata.resourceVersion, answers as RegExp);
      else assert.equal(answer.body.metadata.resourceVersion, undefined);
    });

  it('owns fields by the name of the program', async () => {
    const { body } = await api.send('POST', collection, configMap({ name: 'owned' }, { data: { a: '1' } }));
    const [entry] = body.metadata.managedFields;
    assert.equal(entry.manager, 'tests');
    assert.deepEqual(entry.fieldsV1, { 'f:data': { '.': {}, 'f:a': {} } });
  });

  it('warns of unknown fields, or refuses them when asked to be strict', async () => {
    const odd = configMap({ name: 'odd', bogus: 1 });
    const warned = await api.send('POST', `${collection}?dryRun=All`, odd);
    assert.equal(warned.status, 201);
    assert.deepEqual(warned.headers['warning'], ['299 - "unknown field \\"metadata.bogus\\""']);
    const refused = await api.send('POST', `${collection}?fieldValidation=Strict`, odd);
    assert.equal(refused.status, 400);
    assert.match(refused.body.message, /strict decoding error: unknown field "metadata\.bogus"/);
  });

  const refusals: [string, string, unknown, number, RegExp][] = [
    ['a bad name', collection, configMap({ name: 'Bad_Name' }), 422, /metadata\.name: Invalid value: "Bad_Name"/],
    ['no name', collection, configMap({}), 422, /name or generateName is required/],
    ['another namespace', collection, configMap({ name: 'a', namespace: 'x' }), 400, /does not match the namespace/],
    [
      'a missing namespace',
      '/api/v1/namespaces/absent/configmaps',
      configMap({ name: 'a' }),
      404,
      /"absent" not found/,
    ],
    [
      'another kind',
      collection,
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } },
      400,
      /Secret in version/,
    ],
    ['broken JSON', collection, '{"kind":', 400, /unexpected end of JSON input/],
    ['a resourceVersion', collection, configMap({ name: 'a', resourceVersion: '5' }), 500, /should not be set/],
  ];
  for (const [what, path, body, status, message] of refusals)
    it(`refuses ${what}`, async () => {
      const answer = await api.send('POST', path, body);
      assert.equal(answer.status, status);
      assert.match(answer.body.message, message);
    });

  it('says that a name is taken', async () => {
    await api.send('POST', collection, configMap({ name: 'taken' }));
    const { status, body } = await api.send('POST', collection, configMap({ name: 'taken' }));
    assert.equal(status, 409);
    assert.equal(body.reason, 'AlreadyExists');
  });

  it('reads YAML', async () => {
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-yaml}\ndata: {a: "1"}\n';
    const { status, body } = await api.send('POST', collection, text, { 'content-type': 'application/yaml' });
    assert.equal(status, 201);
    assert.deepEqual(body.data, { a: '1' });
  });
});
