import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { startTestApiServer, type TestApiServer } from '../../test/support/api-server.ts';

const collection = '/api/v1/namespaces/default/configmaps?watch=true';

describe('watch by WebSocket', () => {
  let api: TestApiServer;
  before(async () => {
    api = await startTestApiServer();
    await api.client.create(configMaps, { metadata: { namespace: 'default', name: 'a' } });
  });
  after(() => api.stop());

  const open = (query: string, protocols: string[], headers: Record<string, string>): WebSocket =>
    new WebSocket(`${api.url}${collection}${query}`.replace('https', 'wss'), protocols, { ca: api.ca, headers });
  const credentials = (): Record<string, string> => ({ authorization: `Bearer ${api.token}` });
  const eventOf = (data: Buffer): { type: string; object: { metadata: { name: string } } } =>
    JSON.parse(data.toString()) as ReturnType<typeof eventOf>;

  it('sends each event as a text message', async () => {
    const socket = open('', [], credentials());
    const [first, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
    assert.equal(isBinary, false);
    assert.deepEqual([eventOf(first).type, eventOf(first).object.metadata.name], ['ADDED', 'a']);
    const next = once(socket, 'message');
    await api.client.create(configMaps, { metadata: { namespace: 'default', name: 'b' } });
    const [second] = (await next) as [Buffer];
    assert.deepEqual([eventOf(second).type, eventOf(second).object.metadata.name], ['ADDED', 'b']);
    socket.close();
    await once(socket, 'close');
  });

  it('sends each object of a large state whole', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `large-${10 + i}`);
    const data = { filler: 'x'.repeat(20_000) };
    for (const name of names)
      await api.client.create(configMaps, {
        metadata: { namespace: 'default', name, labels: { size: 'large' } },
        data,
      });
    const socket = open('&labelSelector=size%3Dlarge', [], credentials());
    const seen: string[] = [];
    const all = Promise.withResolvers<void>();
    socket.on('message', (message: Buffer) => {
      seen.push(eventOf(message).object.metadata.name);
      if (seen.length === names.length) all.resolve();
    });
    await all.promise;
    assert.deepEqual(seen, names);
    socket.terminate();
  });

  it('sends protobuf as binary messages', async () => {
    const socket = open('', [], { ...credentials(), accept: 'application/vnd.kubernetes.protobuf;stream=watch' });
    const [first, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
    assert.equal(isBinary, true);
    assert.ok(first.includes('ADDED'));
    socket.terminate();
  });

  it('closes at its timeout', async () => {
    const socket = open('&timeoutSeconds=1', [], credentials());
    const [code] = (await once(socket, 'close')) as [number];
    assert.equal(code, 1000);
  });

  it('takes the token of a browser among the protocols, and echoes another', async () => {
    const token = `base64url.bearer.authorization.k8s.io.${Buffer.from(api.token).toString('base64url')}`;
    const socket = open('', [token, 'mine'], {});
    await once(socket, 'message');
    assert.equal(socket.protocol, 'mine');
    socket.terminate();
  });

  it('refuses as any other answer', async () => {
    const socket = open('&resourceVersionMatch=Exact', [], credentials());
    const [error] = (await once(socket, 'error')) as [Error];
    assert.match(error.message, /422/);
  });
});
