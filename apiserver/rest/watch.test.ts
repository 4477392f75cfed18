import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { hasReason } from '../../api/meta/errors.ts';
import { startInProcessApiServer, type InProcessApiServer } from '../../test/support/in-process-api-server.ts';

const namespace = 'default';
const collection = '/api/v1/namespaces/default/configmaps';

interface Event {
  readonly type: string;
  readonly object: {
    readonly kind: string;
    readonly metadata: { readonly name?: string; readonly resourceVersion: string; readonly annotations?: object };
  };
}

describe('watch', () => {
  let api: InProcessApiServer;
  before(async () => {
    api = await startInProcessApiServer();
  });
  after(() => api.stop());

  const create = (
    name: string,
    labels: Record<string, string> = {},
  ): Promise<{ metadata: { resourceVersion?: string } }> =>
    api.client.create(configMaps, { metadata: { namespace, name, labels } });

  /** Events of a watch until it has given so many, or has ended. */
  async function collect(query: string, count: number, headers: Record<string, string> = {}): Promise<Event[]> {
    const stop = new AbortController();
    const response = await api.client.raw({
      method: 'GET',
      path: `${collection}?watch=1&${query}`,
      headers,
      signal: stop.signal,
    });
    assert.equal(response.status, 200);
    const events: Event[] = [];
    let text = '';
    for await (const chunk of response.body) {
      text += chunk.toString();
      const lines = text.split('\n');
      text = lines.pop()!;
      for (const line of lines) events.push(JSON.parse(line) as Event);
      if (events.length >= count) break;
    }
    stop.abort();
    return events;
  }

  const brief = ({ type, object }: Event): string => `${type} ${object.metadata.name ?? ''}`.trim();

  it('begins with what is there, then says that this was all', async () => {
    await create('first');
    await create('second');
    const events = await collect(
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
      3,
    );
    assert.deepEqual(events.map(brief), ['ADDED first', 'ADDED second', 'BOOKMARK']);
    assert.deepEqual(events[2]!.object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
  });

  it('goes on from a revision', async () => {
    const { metadata } = await create('from');
    await api.client.patch(configMaps, { namespace, name: 'from' }, { type: 'merge', body: { data: { a: '1' } } });
    await api.client.delete(configMaps, { namespace, name: 'from' });
    const events = await collect(`resourceVersion=${metadata.resourceVersion}`, 2);
    assert.deepEqual(events.map(brief), ['MODIFIED from', 'DELETED from']);
    assert.ok(Number(events[1]!.object.metadata.resourceVersion) > Number(events[0]!.object.metadata.resourceVersion));
  });

  it('shows what enters a selection as added and what leaves it as deleted', async () => {
    const { metadata } = await create('moves');
    const at = { namespace, name: 'moves' };
    const label = (value: string | null): Promise<unknown> =>
      api.client.patch(configMaps, at, { type: 'merge', body: { metadata: { labels: { watched: value } } } });
    await label('yes');
    await api.client.patch(configMaps, at, { type: 'merge', body: { data: { a: '1' } } });
    await label(null);
    await label('yes');
    await api.client.delete(configMaps, at);
    const events = await collect(`resourceVersion=${metadata.resourceVersion}&labelSelector=watched`, 5);
    assert.deepEqual(
      events.map(({ type }) => type),
      ['ADDED', 'MODIFIED', 'DELETED', 'ADDED', 'DELETED'],
    );
  });

  it('shows tables, with columns once', async () => {
    const { metadata } = await create('tabled');
    await api.client.delete(configMaps, { namespace, name: 'tabled' });
    await create('tabled-too');
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
    const events = (await collect(`resourceVersion=${metadata.resourceVersion}`, 2, { accept })) as unknown as {
      object: { kind: string; columnDefinitions: unknown; rows: { cells: unknown[] }[] };
    }[];
    assert.equal(events[0]!.object.kind, 'Table');
    assert.ok(events[0]!.object.columnDefinitions);
    assert.equal(events[1]!.object.columnDefinitions, null);
    assert.equal(events[1]!.object.rows[0]!.cells[0], 'tabled-too');
  });

  it('ends at its timeout', async () => {
    const events = await collect('timeoutSeconds=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan', 1);
    assert.deepEqual(events, []);
  });

  it('says when the history it asks for is gone', async () => {
    const other = await startInProcessApiServer({ storage: api.storage });
    try {
      const watching = other.client.watch(configMaps, { namespace }, { resourceVersion: '1' });
      await assert.rejects(
        async () => {
          for await (const _event of watching);
        },
        (error) => hasReason(error, 'Expired'),
      );
    } finally {
      await other.stop();
    }
  });

  const refusals: [string, RegExp][] = [
    ['sendInitialEvents=true', /sendInitialEvents requires setting resourceVersionMatch to NotOlderThan/],
    ['resourceVersionMatch=NotOlderThan', /forbidden for watch unless sendInitialEvents is provided/],
  ];
  for (const [query, message] of refusals)
    it(`refuses ${query}`, async () => {
      const { status, body } = await api.send('GET', `${collection}?watch=1&${query}`);
      assert.equal(status, 422);
      assert.match(body.message, message);
    });
});
