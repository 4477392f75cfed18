import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { ApiError, expired } from '../api/meta/errors.ts';
import type { ResourceRef } from '../api/resources/define-resource.ts';
import type { ConfigMap } from '../api/schema/generated/core-v1.ts';
import { createFakeClock, type FakeClock } from '../component/fake-clock.ts';
import { createSmallApi, type SmallApi } from '../test/support/small-api.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { until } from '../test/support/until.ts';
import type { Client } from './client.ts';
import { createInProcessTransport } from './in-process-transport.ts';
import type { InformerOptions } from './informer-contract.ts';
import { createInformer, type SharedInformer } from './informer.ts';
import { createInformers } from './informer-factory.ts';
import { createClient } from './rest-client.ts';
import { TransportError } from './transport.ts';

const configMaps: ResourceRef<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  scope: 'Namespaced',
};
const collection = '/api/v1/configmaps';

function configMap(name: string, value: string, more: Partial<ConfigMap['metadata']> = {}): ConfigMap {
  return { metadata: { name, namespace: 'ns', ...more }, data: { value } };
}

describe('informer', () => {
  let api: SmallApi;
  let client: Client;
  let clock: FakeClock;
  let deps: ReturnType<typeof createTestDeps<FakeClock>>;
  let stop: AbortController;
  let running: Promise<void>[];

  beforeEach(() => {
    api = createSmallApi();
    clock = createFakeClock();
    deps = createTestDeps({ clock });
    client = createClient({ transport: createInProcessTransport(api.handle) });
    stop = new AbortController();
    running = [];
  });

  afterEach(async () => {
    stop.abort(new Error('the test is over'));
    await Promise.all(running);
  });

  /** An informer that runs, and what its handlers are told: `+name=value`, `~name=old>new`, `-name=value`. */
  function start(options: InformerOptions<ConfigMap> = {}): { informer: SharedInformer<ConfigMap>; told: string[] } {
    const informer = createInformer(client, configMaps, options, deps);
    const told: string[] = [];
    tellTo(informer, told);
    running.push(informer.run(stop.signal));
    return { informer, told };
  }

  function tellTo(informer: SharedInformer<ConfigMap>, told: string[]): () => void {
    return informer.addHandlers({
      added: (object) => told.push(`+${object.metadata.name}=${object.data?.value}`),
      updated: (next, old) => told.push(`~${next.metadata.name}=${old.data?.value}>${next.data?.value}`),
      deleted: (object) => told.push(`-${object.metadata.name}=${object.data?.value}`),
    });
  }

  /** Lets time pass until the condition holds, whatever the informer waits for. */
  const untilTurning = (condition: () => boolean): Promise<void> =>
    until(async () => condition() || (await clock.advanceToNext(), condition()));

  it('tells of what is there, then syncs, then follows', async () => {
    api.put(collection, configMap('a', '1'));
    api.put(collection, configMap('b', '1'));
    const { informer, told } = start();
    assert.equal(informer.hasSynced, false);
    await informer.waitForSync();
    assert.deepEqual(told, ['+a=1', '+b=1']);
    assert.equal(informer.hasSynced, true);
    await until(() => api.watchers === 1);
    api.put(collection, configMap('c', '1'));
    api.put(collection, configMap('a', '2'));
    api.remove(collection, 'b', 'ns');
    await until(() => told.length === 5);
    assert.deepEqual(told.slice(2), ['+c=1', '~a=1>2', '-b=1']);
    assert.equal(informer.lister.get('ns/a')?.data?.value, '2');
    assert.equal(informer.lister.get('ns/b'), undefined);
    assert.deepEqual(
      informer.lister.list('ns').map((o) => o.metadata.name),
      ['a', 'c'],
    );
    assert.deepEqual(informer.lister.list('other'), []);
  });

  it('asks for pages, the first from the cache of the server, and watches from their revision', async () => {
    for (let i = 0; i < 1100; i++) api.put(collection, configMap(`m${i}`, 'x'));
    const { informer, told } = start();
    await informer.waitForSync();
    await until(() => api.watchers === 1);
    assert.equal(told.length, 1100);
    assert.equal(api.requests[0], 'GET /api/v1/configmaps?limit=500&resourceVersion=0');
    assert.equal(api.requests[1], 'GET /api/v1/configmaps?limit=500&continue=500');
    assert.equal(api.requests[2], 'GET /api/v1/configmaps?limit=500&continue=1000');
    assert.match(
      api.requests[3]!,
      /^GET \/api\/v1\/configmaps\?watch=true&resourceVersion=1200&allowWatchBookmarks=true&timeoutSeconds=\d+$/,
    );
  });

  it('passes selectors and the namespace on', async () => {
    const { informer } = start({ namespace: 'ns', labelSelector: 'a=b', fieldSelector: 'metadata.name=x' });
    await informer.waitForSync();
    await until(() => api.watchers === 1);
    for (const request of api.requests) {
      assert.match(
        request,
        /^GET \/api\/v1\/namespaces\/ns\/configmaps\?.*labelSelector=a%3Db&fieldSelector=metadata.name%3Dx/,
      );
    }
  });

  it('resumes a broken watch where it broke, losing and repeating nothing', async () => {
    const { informer, told } = start();
    await informer.waitForSync();
    for (let round = 0; round < 5; round++) {
      await untilTurning(() => api.watchers === 1);
      api.put(collection, configMap('a', `${round}`));
      api.endWatches(round % 2 ? new TransportError('GET', 'x', new Error('reset')) : undefined);
      api.put(collection, configMap('b', `${round}`)); // while nobody watches
    }
    await untilTurning(() => told.length === 10);
    assert.deepEqual(told, [
      ...['+a=0', '+b=0', '~a=0>1', '~b=0>1', '~a=1>2', '~b=1>2', '~a=2>3', '~b=2>3', '~a=3>4', '~b=3>4'],
    ]);
    assert.equal(api.requests.filter((request) => !request.includes('watch=')).length, 1);
  });

  it('takes the revision of a bookmark', async () => {
    const { informer } = start();
    await informer.waitForSync();
    await until(() => api.watchers === 1);
    api.compact();
    api.bookmark();
    await clock.advance(0);
    api.endWatches();
    await untilTurning(() => api.watchers === 1);
    assert.equal(api.requests.filter((request) => !request.includes('watch=')).length, 1);
  });

  for (const [name, interrupt] of [
    ['in place of the stream', (api: SmallApi) => api.endWatches()],
    ['in an event', (api: SmallApi) => api.errorWatches(expired('too old resource version'))],
  ] as const) {
    it(`lists again after a 410 ${name}, and tells the differences`, async () => {
      api.put(collection, configMap('stays', '1'));
      api.put(collection, configMap('changes', '1'));
      api.put(collection, configMap('goes', '1'));
      const { informer, told } = start();
      await informer.waitForSync();
      await until(() => api.watchers === 1);
      told.length = 0;
      interrupt(api);
      api.put(collection, configMap('changes', '2'));
      api.put(collection, configMap('comes', '1'));
      api.remove(collection, 'goes', 'ns');
      api.compact();
      await untilTurning(() => told.length >= 3 && api.watchers === 1);
      assert.deepEqual([...told].sort(), ['+comes=1', '-goes=1', '~changes=1>2']);
      const lists = api.requests.filter((request) => !request.includes('watch='));
      assert.deepEqual(lists.slice(1), ['GET /api/v1/configmaps?limit=500']); // not from a cache that may be behind
    });
  }

  it('tells of an object that was deleted and made anew meanwhile as a change', async () => {
    api.put(collection, configMap('a', '1'));
    const { informer, told } = start();
    await informer.waitForSync();
    await until(() => api.watchers === 1);
    api.endWatches();
    api.remove(collection, 'a', 'ns');
    api.put(collection, configMap('a', '2'));
    api.compact();
    await untilTurning(() => told.length > 1);
    assert.deepEqual(told, ['+a=1', '~a=1>2']);
  });

  it('keeps trying while the server cannot be reached, waiting longer each time, and says so now and then', async () => {
    api.failure = new TransportError('GET', 'https://x', new Error('connect ECONNREFUSED'));
    const { informer } = start();
    const waits: number[] = [];
    for (let i = 0; i < 12; i++) {
      await clock.waitForPending(1);
      const before = clock.monotonicMs();
      await clock.advanceToNext();
      waits.push(clock.monotonicMs() - before);
    }
    assert.ok(waits[0]! >= 100 && waits[0]! <= 200);
    assert.ok(waits[5]! > waits[0]! * 8);
    assert.ok(Math.max(...waits) <= 60_000);
    const warned = deps.lines.filter((line) => line.message === 'list failed, retrying');
    assert.ok(warned.length < 12);
    assert.equal(warned[0]?.fields.resource, 'configmaps');
    api.failure = undefined;
    api.put(collection, configMap('a', '1'));
    await untilTurning(() => informer.hasSynced);
  });

  it('keeps trying after a refusal', async () => {
    api.failure = new ApiError('Forbidden', 'configmaps is forbidden');
    const { informer } = start();
    await untilTurning(() => deps.lines.length > 2);
    api.failure = undefined;
    await untilTurning(() => informer.hasSynced);
  });

  it('drops managed fields, and fills in what items of a list do not say', async () => {
    api.put(collection, configMap('a', '1', { managedFields: [{ manager: 'x' }] }));
    const { informer } = start();
    await informer.waitForSync();
    const object = informer.lister.get('ns/a');
    assert.deepEqual(
      [object?.kind, object?.apiVersion, object?.metadata.managedFields],
      ['ConfigMap', 'v1', undefined],
    );
  });

  it('keeps what a transform leaves', async () => {
    api.put(collection, configMap('a', '1'));
    const { informer } = start({ transform: (object) => ({ ...object, data: {} }) });
    await informer.waitForSync();
    assert.deepEqual(informer.lister.get('ns/a')?.data, {});
  });

  it('keeps indices up to date: the controller, those given, and those that come later', async () => {
    const owner = { apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u1', controller: true };
    api.put(collection, configMap('a', 'red', { ownerReferences: [owner] }));
    api.put(collection, configMap('b', 'red', { ownerReferences: [{ ...owner, controller: false }] }));
    const { informer, told } = start({ indices: { value: (object) => [object.data?.value ?? ''] } });
    await informer.waitForSync();
    await until(() => api.watchers === 1);
    const names = (objects: readonly { metadata: { name?: string } }[]) => objects.map((o) => o.metadata.name).sort();
    assert.deepEqual(names(informer.lister.controlledBy({ metadata: { uid: 'u1' } })), ['a']);
    assert.deepEqual(names(informer.lister.byIndex('value', 'red')), ['a', 'b']);
    api.put(collection, configMap('a', 'blue'));
    api.remove(collection, 'b', 'ns');
    await until(() => told.length === 4);
    assert.deepEqual(informer.lister.controlledBy({ metadata: { uid: 'u1' } }), []);
    assert.deepEqual(informer.lister.byIndex('value', 'red'), []);
    assert.deepEqual(names(informer.lister.byIndex('value', 'blue')), ['a']);
    const length = (object: { readonly metadata: { readonly name?: string } }): string[] => [
      `${object.metadata.name?.length}`,
    ];
    informer.addIndices({ length });
    informer.addIndices({ length });
    assert.deepEqual(names(informer.lister.byIndex('length', '1')), ['a']);
    assert.throws(() => informer.addIndices({ length: () => [] }), /index length is already there/);
    assert.throws(() => informer.lister.byIndex('nope', ''), /there is no index nope/);
  });

  it('tells a late handler of all there is, and one that was removed of nothing', async () => {
    api.put(collection, configMap('a', '1'));
    const { informer } = start();
    await informer.waitForSync();
    await until(() => api.watchers === 1);
    const late: string[] = [];
    const remove = tellTo(informer, late);
    assert.deepEqual(late, ['+a=1']);
    remove();
    api.put(collection, configMap('b', '1'));
    await until(() => informer.lister.get('ns/b') !== undefined);
    assert.deepEqual(late, ['+a=1']);
  });

  it('goes on when a handler throws', async () => {
    api.put(collection, configMap('a', '1'));
    api.put(collection, configMap('b', '1'));
    const informer = createInformer(client, configMaps, {}, deps);
    informer.addHandlers({
      added: () => {
        throw new Error('bad handler');
      },
    });
    const told: string[] = [];
    tellTo(informer, told);
    running.push(informer.run(stop.signal));
    await informer.waitForSync();
    assert.deepEqual(told, ['+a=1', '+b=1']);
    assert.equal(deps.lines.filter((line) => line.level === 'error').length, 2);
  });

  it('stops waiting for a sync with the signal', async () => {
    api.failure = new ApiError('Forbidden', 'no');
    const { informer } = start();
    const giveUp = new AbortController();
    const waiting = informer.waitForSync(giveUp.signal);
    giveUp.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });

  describe('factory', () => {
    it('shares one informer among those who ask for the same', async () => {
      const informers = createInformers(client, deps);
      const all = informers.for(configMaps);
      assert.equal(informers.for(configMaps), all);
      assert.equal(informers.for(configMaps, { indices: { value: (o) => [o.data?.value ?? ''] } }), all);
      assert.notEqual(informers.for(configMaps, { namespace: 'ns' }), all);
      assert.notEqual(informers.for(configMaps, { transform: (object) => object }), all);
      api.put(collection, configMap('a', '1'));
      running.push(informers.run(stop.signal));
      await informers.waitForSync(stop.signal);
      assert.equal(all.lister.byIndex('value', '1').length, 1);
      assert.equal(api.requests.filter((request) => !request.includes('watch=')).length, 3);
    });

    it('starts one that is asked for while it runs, and resolves when all have stopped', async () => {
      const informers = createInformers(client, deps);
      const run = informers.run(stop.signal);
      const late = informers.for(configMaps);
      await late.waitForSync(stop.signal);
      await until(() => api.watchers === 1);
      stop.abort(new Error('over'));
      await run;
      await until(() => api.watchers === 0);
    });
  });
});
