import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { createCodec } from '../../api/schema/codec.ts';
import { loadSchemaTable } from '../../api/schema/schema-table.ts';
import { startInProcessApiServer, type InProcessApiServer } from '../../test/support/in-process-api-server.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const collection = '/api/v1/namespaces/default/configmaps';
const codec = createCodec(loadSchemaTable());

interface Decoded {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name?: string; readonly resourceVersion?: string; readonly annotations?: object };
  readonly data?: Record<string, string>;
  readonly items?: readonly Decoded[];
  readonly status?: string;
  readonly reason?: string;
  readonly code?: number;
}

describe('answers in protobuf', () => {
  let api: InProcessApiServer;
  before(async () => {
    api = await startInProcessApiServer();
  });
  after(() => api.stop());

  async function ask(
    path: string,
    { method = 'GET', accept = protobuf, body }: { method?: string; accept?: string; body?: object } = {},
  ): Promise<{ status: number; type: string | undefined; bytes: Buffer }> {
    const response = await api.client.raw({
      method,
      path,
      headers: { accept, ...(body ? { 'content-type': protobuf } : {}) },
      ...(body ? { body: codec.encodeProtobuf(body) } : {}),
    });
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) chunks.push(Buffer.from(chunk));
    const type = response.headers['content-type'];
    return { status: response.status, type: Array.isArray(type) ? type[0] : type, bytes: Buffer.concat(chunks) };
  }

  const read = (bytes: Buffer): Decoded => codec.decodeProtobuf(bytes) as Decoded;
  const configMap = (name: string, data: Record<string, string> = {}): object => ({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name },
    data,
  });
  const create = (name: string, data: Record<string, string> = {}): ReturnType<typeof ask> =>
    ask(collection, { method: 'POST', body: configMap(name, data) });

  it('creates, reads and lists', async () => {
    const created = await create('one', { a: '1' });
    assert.deepEqual([created.status, created.type], [201, protobuf]);
    const { metadata } = read(created.bytes);
    assert.match(metadata.resourceVersion!, /^\d+$/);
    const got = await ask(`${collection}/one`);
    assert.deepEqual(read(got.bytes), read(created.bytes));
    const list = await ask(collection);
    assert.deepEqual([list.status, list.type], [200, protobuf]);
    const { kind, apiVersion, items = [] } = read(list.bytes);
    assert.deepEqual([kind, apiVersion], ['ConfigMapList', 'v1']);
    assert.deepEqual(
      items.find((item) => item.metadata.name === 'one'),
      { metadata: read(got.bytes).metadata, data: { a: '1' } },
    );
  });

  it('shows a change to who lists and reads after it', async () => {
    await create('changing', { v: '1' });
    await ask(collection);
    await ask(`${collection}/changing`, { method: 'PUT', body: configMap('changing', { v: '2' }) });
    assert.equal(read((await ask(`${collection}/changing`)).bytes).data!['v'], '2');
    const items = read((await ask(collection)).bytes).items!;
    assert.equal(items.find((item) => item.metadata.name === 'changing')!.data!['v'], '2');
  });

  it('sends long lists whole', async () => {
    await Promise.all(Array.from({ length: 6 }, (_, i) => create(`long-${i}`, { text: 'x'.repeat(100_000) })));
    const { items = [] } = read((await ask(collection)).bytes);
    const long = items.filter(({ metadata }) => metadata.name!.startsWith('long-'));
    assert.deepEqual(
      long.map(({ data }) => data!['text']!.length),
      Array.from({ length: 6 }, () => 100_000),
    );
  });

  it('fails with a Status', async () => {
    const { status, type, bytes } = await ask(`${collection}/absent`);
    assert.deepEqual([status, type], [404, protobuf]);
    const { kind, reason, code } = read(bytes);
    assert.deepEqual({ kind, reason, code }, { kind: 'Status', reason: 'NotFound', code: 404 });
  });

  it('takes the options of a delete, and says that it is done', async () => {
    await create('gone');
    const options = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } };
    assert.equal((await ask(`${collection}/gone`, { method: 'DELETE', body: options })).status, 409);
    const done = await ask(`${collection}/gone`, { method: 'DELETE', body: { ...options, preconditions: {} } });
    assert.deepEqual([done.status, read(done.bytes).status], [200, 'Success']);
  });

  it('shows metadata only, and no tables', async () => {
    const partial = (kind: string, version = 'v1'): string => `${protobuf};as=${kind};g=meta.k8s.io;v=${version}`;
    await create('partial', { a: '1' });
    const one = await ask(`${collection}/partial`, { accept: partial('PartialObjectMetadata') });
    assert.equal(one.type, protobuf);
    const { kind, metadata, data } = read(one.bytes);
    assert.deepEqual([kind, metadata.name, data], ['PartialObjectMetadata', 'partial', undefined]);
    for (const version of ['v1', 'v1beta1']) {
      const list = await ask(collection, { accept: partial('PartialObjectMetadataList', version) });
      const decoded = read(list.bytes);
      assert.deepEqual([decoded.kind, decoded.apiVersion], ['PartialObjectMetadataList', `meta.k8s.io/${version}`]);
      assert.ok(decoded.items!.some((item) => item.metadata.name === 'partial'));
    }
    const table = `${protobuf};as=Table;g=meta.k8s.io;v=v1`;
    assert.equal((await ask(collection, { accept: table })).status, 406);
    assert.equal((await ask(collection, { accept: `${table},${protobuf}` })).type, protobuf);
  });

  /** Frames of a watch until it has given so many. */
  async function watch(query: string, count: number, accept = protobuf): Promise<{ type: string; object: Decoded }[]> {
    const stop = new AbortController();
    const path = `${collection}?watch=1&${query}`;
    const response = await api.client.raw({ method: 'GET', path, headers: { accept }, signal: stop.signal });
    assert.equal(response.headers['content-type'], `${protobuf};stream=watch`);
    const events: { type: string; object: Decoded }[] = [];
    let rest = Buffer.alloc(0);
    for await (const chunk of response.body) {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
        const end = 4 + rest.readUInt32BE();
        events.push(eventOf(rest.subarray(4, end)));
        rest = rest.subarray(end);
      }
      if (events.length >= count) break;
    }
    stop.abort();
    return events;
  }

  /** Reads a `WatchEvent`: a type, and an object that stands in its envelope. */
  function eventOf(message: Buffer): { type: string; object: Decoded } {
    const typeEnd = 2 + message[1]!;
    return {
      type: message.subarray(2, typeEnd).toString(),
      object: read(message.subarray(message.indexOf('k8s\0', typeEnd, 'latin1'))),
    };
  }

  it('watches: the state, and changes with their revisions', async () => {
    const { metadata } = read((await create('watched', { v: '1' })).bytes);
    const after = metadata.resourceVersion!;
    await ask(`${collection}/watched`, { method: 'PUT', body: configMap('watched', { v: '2' }) });
    await ask(`${collection}/watched`, { method: 'DELETE' });
    const [, deleted] = await watch(`resourceVersion=${after}`, 2);
    assert.equal(deleted!.type, 'DELETED');
    assert.deepEqual(deleted!.object.data, { v: '2' });
    assert.ok(Number(deleted!.object.metadata.resourceVersion) > Number(after));
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const count = read((await ask(collection)).bytes).items!.length;
    const state = await watch(query, count + 1);
    assert.deepEqual(
      state.map(({ type }) => type),
      [...Array.from({ length: count }, () => 'ADDED'), 'BOOKMARK'],
    );
    assert.ok(state.at(-1)!.object.metadata.annotations);
    const accept = `${protobuf};as=PartialObjectMetadata;g=meta.k8s.io;v=v1`;
    const [partial] = await watch(`resourceVersion=${after}`, 1, accept);
    assert.deepEqual([partial!.object.kind, partial!.object.data], ['PartialObjectMetadata', undefined]);
  });
});
