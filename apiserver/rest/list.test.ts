import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { startInProcessApiServer, type InProcessApiServer } from '../../test/support/in-process-api-server.ts';
import { eventually } from '../../test/support/eventually.ts';

const collection = '/api/v1/namespaces/default/configmaps';
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const token = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const metadataOnly = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';

describe('list', () => {
  let api: InProcessApiServer;
  before(async () => {
    api = await startInProcessApiServer();
    for (let i = 0; i < 7; i++)
      await api.client.create(configMaps, {
        metadata: { namespace: 'default', name: `c${i}`, labels: { odd: String(i % 2) } },
        data: { i: String(i) },
      });
  });
  after(() => api.stop());

  const names = (body: { items: { metadata: { name: string } }[] }): string[] =>
    body.items.map(({ metadata }) => metadata.name);

  it('answers items without their kind, with their revisions', async () => {
    const { body } = await api.send('GET', collection);
    assert.equal(body.kind, 'ConfigMapList');
    assert.equal(body.items.length, 7);
    assert.equal(body.items[0].kind, undefined);
    assert.match(body.items[0].metadata.resourceVersion, /^\d+$/);
    assert.ok(Number(body.metadata.resourceVersion) >= Number(body.items[6].metadata.resourceVersion));
  });

  it('goes on in chunks as of the first one', async () => {
    const first = await api.send('GET', `${collection}?limit=3`);
    assert.deepEqual(names(first.body), ['c0', 'c1', 'c2']);
    assert.equal(first.body.metadata.remainingItemCount, 4);
    await api.client.create(configMaps, { metadata: { namespace: 'default', name: 'c9' } });
    await api.client.delete(configMaps, { namespace: 'default', name: 'c6' });
    const token = encodeURIComponent(first.body.metadata.continue);
    const second = await api.send('GET', `${collection}?limit=3&continue=${token}`);
    assert.deepEqual(names(second.body), ['c3', 'c4', 'c5']);
    assert.equal(second.body.metadata.remainingItemCount, 1);
    assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion);
    const last = await api.send(
      'GET',
      `${collection}?limit=3&continue=${encodeURIComponent(second.body.metadata.continue)}`,
    );
    assert.deepEqual(names(last.body), ['c6']);
    assert.equal(last.body.metadata.continue, undefined);
  });

  it('says when a token is too old to go on, and how to go on all the same', async () => {
    const compacting = await startInProcessApiServer({ config: { compactionIntervalMs: 20 } });
    try {
      for (const name of ['a', 'b']) await compacting.send('POST', collection, { metadata: { name } });
      const first = await compacting.send('GET', `${collection}?limit=1`);
      const next = (token: string): ReturnType<typeof compacting.send> =>
        compacting.send('GET', `${collection}?limit=1&continue=${encodeURIComponent(token)}`);
      await compacting.send('POST', collection, { metadata: { name: 'c' } });
      const { body } = await eventually('the token is too old', async () => {
        const answer = await next(first.body.metadata.continue);
        assert.equal(answer.status, 410);
        return answer;
      });
      assert.equal(body.reason, 'Expired');
      const rest = await next(body.metadata.continue);
      assert.deepEqual(names(rest.body), ['b']);
      assert.equal(rest.body.metadata.remainingItemCount, 1);
      assert.equal(rest.body.metadata.resourceVersion, String(await compacting.storage.currentRevision()));
      const exact = await compacting.send('GET', `${collection}?resourceVersion=1&resourceVersionMatch=Exact`);
      assert.deepEqual(
        [exact.status, exact.body.message, exact.body.metadata],
        [410, 'The resourceVersion for the provided list is too old.', {}],
      );
    } finally {
      await compacting.stop();
    }
  });

  it('chooses by labels and fields', async () => {
    const odd = await api.send('GET', `${collection}?labelSelector=odd%3D1`);
    assert.deepEqual(names(odd.body), ['c1', 'c3', 'c5']);
    const one = await api.send('GET', `${collection}?fieldSelector=metadata.name%3Dc3`);
    assert.deepEqual(names(one.body), ['c3']);
    const chunk = await api.send('GET', `${collection}?labelSelector=odd%3D1&limit=2`);
    assert.deepEqual(names(chunk.body), ['c1', 'c3']);
    assert.equal(chunk.body.metadata.remainingItemCount, undefined);
  });

  it('shows tables and bare metadata', async () => {
    const asTable = await api.send('GET', `${collection}?labelSelector=odd%3D1`, undefined, { accept: table });
    assert.equal(asTable.body.kind, 'Table');
    assert.deepEqual(
      asTable.body.columnDefinitions.map(({ name }: { name: string }) => name),
      ['Name', 'Data', 'Age'],
    );
    assert.deepEqual(asTable.body.rows[0].cells.slice(0, 2), ['c1', 1]);
    assert.equal(asTable.body.rows[0].object.kind, 'PartialObjectMetadata');
    const bare = await api.send('GET', collection, undefined, { accept: metadataOnly });
    assert.equal(bare.body.kind, 'PartialObjectMetadataList');
    assert.equal(bare.body.items[0].data, undefined);
  });

  const refusals: [string, number, RegExp][] = [
    ['?fieldSelector=data.x%3D1', 400, /not a known field selector/],
    ['?labelSelector=a%3D%3D%3D', 400, /./],
    ['?limit=x', 400, /strconv\.ParseInt/],
    [
      '?continue=bogus',
      400,
      /^invalid continue token: continue key is not valid: illegal base64 data at input byte 4$/,
    ],
    [
      '?continue=bogu',
      400,
      /^invalid continue token: continue key is not valid: invalid character '\\u0088' in literal null/,
    ],
    [`?continue=${token({ v: 'v9', rv: 1, start: 'a' })}`, 400, /does not recognize this encoded version v9$/],
    [`?continue=${token({ v: 'meta.k8s.io/v1', start: 'a' })}`, 400, /incorrect encoded start resourceVersion/],
    [`?continue=${token({ v: 'meta.k8s.io/v1', rv: 1 })}`, 400, /encoded start key empty/],
    [`?continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: '../x' })}`, 400, /continue key is not valid: \.\.\/x$/],
    [`?continue=${token({ v: 'meta.k8s.io/v1', rv: '1', start: 'x' })}`, 400, /field continueToken\.rv of type int64$/],
    [
      `?resourceVersion=5&continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: 'a' })}`,
      400,
      /^specifying resource version is not allowed when using continue$/,
    ],
    ['?resourceVersion=99999999999999999999', 400, /value out of range$/],
    ['?resourceVersionMatch=Exact', 422, /forbidden unless resourceVersion is provided/],
    ['?resourceVersion=abc', 400, /invalid resource version/],
  ];
  for (const [query, status, message] of refusals)
    it(`refuses ${query}`, async () => {
      const answer = await api.send('GET', collection + query);
      assert.equal(answer.status, status);
      assert.match(answer.body.message, message);
    });

  it('serves large lists as a stream', async () => {
    const data = { filler: 'x'.repeat(20_000) };
    for (let i = 0; i < 40; i++)
      await api.client.create(configMaps, { metadata: { namespace: 'kube-public', name: `large-${i}` }, data });
    const { body } = await api.send('GET', '/api/v1/namespaces/kube-public/configmaps');
    assert.equal(body.items.length, 40);
    assert.equal(body.items[39].data.filler.length, 20_000);
  });

  it('shows long tables and long lists of metadata as short ones', async () => {
    const names = Array.from({ length: 230 }, (_, i) => `many-${String(i).padStart(3, '0')}`);
    for (const name of names) await api.client.create(configMaps, { metadata: { namespace: 'kube-system', name } });
    const all = '/api/v1/namespaces/kube-system/configmaps';
    for (const [accept, field] of [
      [table, 'rows'],
      [metadataOnly, 'items'],
    ] as const) {
      const whole = await api.send('GET', all, undefined, { accept });
      const first = await api.send('GET', `${all}?limit=150`, undefined, { accept });
      const { continue: token, remainingItemCount: _, ...metadata } = first.body.metadata;
      const next = await api.send('GET', `${all}?continue=${encodeURIComponent(token)}`, undefined, { accept });
      assert.ok(whole.body[field].length >= names.length);
      assert.deepEqual(whole.body, { ...first.body, metadata, [field]: [...first.body[field], ...next.body[field]] });
      assert.equal(whole.headers['content-type'], first.headers['content-type']);
    }
  });
});
