import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { configMaps } from '../api/resources/core/config-map.ts';
import { hasReason } from '../api/meta/errors.ts';
import { startTestApiServer, type TestApiServer } from '../test/support/api-server.ts';

describe('API server over HTTPS', () => {
  let server: TestApiServer;
  before(async () => {
    server = await startTestApiServer();
  });
  after(() => server.stop());

  it('serves the life of an object', async () => {
    const { client } = server;
    const at = { namespace: 'default', name: 'life' };
    const created = await client.create(configMaps, { metadata: at, data: { a: '1' } });
    assert.equal(created.data?.['a'], '1');
    assert.match(created.metadata.uid!, /^[0-9a-f-]{36}$/);
    const updated = await client.update(configMaps, { ...created, data: { a: '2' } });
    assert.notEqual(updated.metadata.resourceVersion, created.metadata.resourceVersion);
    await assert.rejects(
      () => client.update(configMaps, { ...created, data: { a: '3' } }),
      (error) => hasReason(error, 'Conflict'),
    );
    const patched = await client.patch(configMaps, at, { type: 'merge', body: { data: { b: '4' } } });
    assert.deepEqual(patched.data, { a: '2', b: '4' });
    const list = await client.list(configMaps, { namespace: 'default' });
    assert.deepEqual(
      list.items.map(({ metadata }) => metadata.name),
      ['life'],
    );
    await client.delete(configMaps, at);
    await assert.rejects(
      () => client.get(configMaps, at),
      (error) => hasReason(error, 'NotFound'),
    );
  });

  it('watches from a list on', async () => {
    const { client } = server;
    const { metadata } = await client.list(configMaps, { namespace: 'default' });
    const stop = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of client.watch(
        configMaps,
        { namespace: 'default' },
        { resourceVersion: metadata.resourceVersion, signal: stop.signal },
      )) {
        seen.push(`${event.type} ${event.object.metadata.name}`);
        if (event.type === 'DELETED') break;
      }
    })();
    const at = { namespace: 'default', name: 'watched' };
    await client.create(configMaps, { metadata: at });
    await client.patch(configMaps, at, { type: 'merge', body: { data: { x: 'y' } } });
    await client.delete(configMaps, at);
    await watching;
    stop.abort();
    assert.deepEqual(seen, ['ADDED watched', 'MODIFIED watched', 'DELETED watched']);
  });

  it('asks who is there', async () => {
    const response = await server.client.raw({
      method: 'GET',
      path: '/api/v1/namespaces',
      headers: { authorization: 'Bearer wrong' },
    });
    assert.equal(response.status, 401);
  });
});
