/**
 * One check of the official JavaScript client against a cluster, named on the command line. What it is given comes from
 * the environment: KUBECONFIG, NAMESPACE, POD (one that runs a shell), CONTROL (where to ask for trouble).
 */
import assert from 'node:assert/strict';
import {
  ApiException,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
  makeInformer,
  PatchStrategy,
  Watch,
  type KubernetesObject,
  type V1ConfigMap,
} from '@kubernetes/client-node';
import { createNodeClient } from '../../e2e/support/node-client.ts';
import { eventually } from '../../support/eventually.ts';

const namespace = process.env['NAMESPACE']!;
const check = process.argv[2]!;
const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);
const objects = KubernetesObjectApi.makeApiClient(config);

const configMap = (name: string, data?: Record<string, string>): V1ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace, name, labels: { check } },
  ...(data ? { data } : {}),
});
const create = (name: string, data?: Record<string, string>): Promise<V1ConfigMap> =>
  core.createNamespacedConfigMap({ namespace, body: configMap(name, data) });
const list = () => core.listNamespacedConfigMap({ namespace, labelSelector: `check=${check}` });
const trouble = async (what: string): Promise<void> => {
  assert.ok((await fetch(`${process.env['CONTROL']}/${what}`, { method: 'POST' })).ok);
};
const fails = (code: number, call: Promise<unknown>): Promise<void> =>
  assert.rejects(call, (error: unknown) => error instanceof ApiException && error.code === code);

async function crud(): Promise<void> {
  const created = await create('crud', { k: '1' });
  await fails(409, create('crud'));
  const body = { ...created, data: { k: '2' } };
  const updated = await core.replaceNamespacedConfigMap({ namespace, name: 'crud', body });
  await fails(409, core.replaceNamespacedConfigMap({ namespace, name: 'crud', body }));
  assert.deepEqual(
    (await list()).items.map(({ data }) => data),
    [{ k: '2' }],
  );
  assert.equal((await core.readNamespacedConfigMap({ namespace, name: 'crud' })).metadata!.uid, updated.metadata!.uid);
  await core.deleteNamespacedConfigMap({ namespace, name: 'crud' });
  await fails(404, core.readNamespacedConfigMap({ namespace, name: 'crud' }));
}

async function patch(): Promise<void> {
  await create('patch', { a: '1', b: '1' });
  const send = (strategy: PatchStrategy, body: object, manager?: string, force?: boolean): Promise<V1ConfigMap> =>
    objects.patch(
      {
        ...body,
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { namespace, name: 'patch', ...(body as V1ConfigMap).metadata },
      } as KubernetesObject,
      undefined,
      undefined,
      manager,
      force,
      strategy,
    );
  await core.patchNamespacedConfigMap({
    namespace,
    name: 'patch',
    body: [{ op: 'replace', path: '/data/a', value: '2' }],
  });
  await send(PatchStrategy.MergePatch, { data: { b: null, c: '1' } });
  await send(PatchStrategy.StrategicMergePatch, { data: { d: '1' } });
  const applied = await send(PatchStrategy.ServerSideApply, { data: { e: '1' } }, 'one');
  assert.deepEqual(applied.data, { a: '2', c: '1', d: '1', e: '1' });
  await fails(409, send(PatchStrategy.ServerSideApply, { data: { e: '2' } }, 'two'));
  assert.equal((await send(PatchStrategy.ServerSideApply, { data: { e: '2' } }, 'two', true)).data!['e'], '2');
}

async function watch(): Promise<void> {
  let resourceVersion = (await list()).metadata!.resourceVersion!;
  const seen: string[] = [];
  const stop = new AbortController();
  const watching = (async () => {
    while (!stop.signal.aborted)
      await new Promise<void>((resolve, reject) => {
        new Watch(config)
          .watch(
            `/api/v1/namespaces/${namespace}/configmaps`,
            { labelSelector: `check=${check}`, resourceVersion },
            (type, object: V1ConfigMap) => {
              seen.push(`${type} ${object.metadata!.name}`);
              resourceVersion = object.metadata!.resourceVersion!;
            },
            () => resolve(), // the cut, or the end of the check
          )
          .then((request) => stop.signal.addEventListener('abort', () => request.abort()), reject);
      });
  })();
  const names = ['w1', 'w2', 'w3'];
  for (const [i, name] of names.entries()) {
    if (i === 1) await trouble('cut');
    await eventually(`${name} is made`, () =>
      create(name).catch((error: unknown) => (error instanceof ApiException && error.code === 409 ? true : false)),
    );
    await eventually(`${name} is seen`, () => seen.length > i);
  }
  stop.abort();
  await watching;
  assert.deepEqual(
    seen,
    names.map((name) => `ADDED ${name}`),
  );
}

async function expired(): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const firstEvent = (resourceVersion: string, meanwhile: () => Promise<unknown>) =>
    new Promise<string>((resolve, reject) => {
      const query = { labelSelector: `check=${check}`, resourceVersion };
      const onEvent = (type: string, object: V1ConfigMap & { code?: number }) =>
        resolve(`${type} ${object.code ?? object.metadata!.name}`);
      new Watch(config).watch(path, query, onEvent, reject).then(meanwhile).catch(reject);
    });
  const before = await list();
  await create('e1');
  await trouble('restart');
  assert.equal(await firstEvent(before.metadata!.resourceVersion!, async () => {}), 'ERROR 410');
  const { items, metadata } = await list();
  assert.equal(items.length, 1);
  assert.equal(await firstEvent(metadata!.resourceVersion!, () => create('e2')), 'ADDED e2');
}

async function informer(): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/configmaps`;
  const cache = makeInformer(config, path, list, `check=${check}`);
  cache.on('error', () => void setTimeout(() => void cache.start(), 200)); // as the library's own example does
  await cache.start();
  const versions = (items: readonly V1ConfigMap[]): string[] =>
    items.map(({ metadata }) => `${metadata!.name}@${metadata!.resourceVersion}`).sort();
  const inStep = (when: string) =>
    eventually(
      `the cache is in step ${when}`,
      async () => {
        const there = versions((await list()).items);
        const here = versions(cache.list());
        return there.length === 3 && JSON.stringify(here) === JSON.stringify(there);
      },
      { timeoutMs: 30_000 },
    );
  for (const name of ['i1', 'i2', 'i3']) await create(name);
  await inStep('before the restart');
  await trouble('restart');
  await core.deleteNamespacedConfigMap({ namespace, name: 'i1' });
  const changed = await core.readNamespacedConfigMap({ namespace, name: 'i2' });
  await core.replaceNamespacedConfigMap({ namespace, name: 'i2', body: { ...changed, data: { a: 'b' } } });
  await create('i4');
  await inStep('after the restart');
  await cache.stop();
}

async function exec(): Promise<void> {
  const script = 'read line; echo got $line; echo bad >&2; exit 3';
  const client = createNodeClient(process.env['KUBECONFIG']!);
  const result = await client.exec(namespace, process.env['POD']!, ['sh', '-c', script], { stdin: 'hello\n' });
  assert.deepEqual(result, { stdout: 'got hello\n', stderr: 'bad\n', exitCode: 3 });
}

const perform: Record<string, () => Promise<void>> = { crud, patch, watch, expired, informer, exec };
await perform[check]!();
// The client keeps connections open.
process.exit(0);
