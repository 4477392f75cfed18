/**
 * `node --expose-gc apiserver/scale.bench.ts [ETCD-URL]`: an API server with 60,000 objects, on memory or on an empty
 * etcd. Prints what an object costs in memory at several sizes, how long a second server takes to load them, and how long
 * each kind of list takes and holds up the event loop; on an etcd also how long a kube-apiserver of its own is held up in its
 * first seconds after it is ready. Another thread reads the lists, over TLS and HTTP/2.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { connect } from 'node:http2';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { setTimeout as sleep } from 'node:timers/promises';
import { configMaps } from '../api/resources/core/config-map.ts';
import { pods } from '../api/resources/core/pod.ts';
import type { ResourceRow } from '../api/resources/define-resource.ts';
import { systemClock } from '../component/clock.ts';
// eslint-disable-next-line no-restricted-imports -- a bench is no part of the service
import { podManifest } from '../bench/manifests.ts';
// eslint-disable-next-line no-restricted-imports -- as above
import { startInProcessApiServer } from '../test/support/in-process-api-server.ts';
// eslint-disable-next-line no-restricted-imports -- as above
import { adminToken, startTestApiServer, testDeps } from '../test/support/api-server.ts';
// eslint-disable-next-line no-restricted-imports -- as above
import { startApiServerProcess } from '../test/support/api-server-process.ts';
import { createEtcd3Storage } from './storage/etcd3-storage/etcd3-storage.ts';
import { storageKey } from './storage/keys.ts';
import { createMemoryStorage } from './storage/memory-storage.ts';

const sizes = [10_000, 20_000, 40_000, 60_000];
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const metadataOnly = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';

interface Ask {
  readonly path: string;
  readonly accept?: string;
}

/** Reads whole lists, page after page; answers bytes and milliseconds. */
function serveReader(): void {
  const { url, ca } = workerData as { url: string; ca: string };
  const session = connect(url, { ca, settings: { initialWindowSize: 4 << 20 } });
  session.once('connect', () => session.setLocalWindowSize(16 << 20));
  const read = (path: string, accept: string): Promise<{ bytes: number; token: string }> =>
    new Promise((resolve, reject) => {
      const stream = session.request({ ':path': path, accept, authorization: `Bearer ${adminToken}` });
      let bytes = 0;
      let head = '';
      stream.on('data', (chunk: Buffer) => {
        if (bytes === 0) head = chunk.toString('utf8', 0, 1000);
        bytes += chunk.length;
      });
      stream.on('end', () => resolve({ bytes, token: /"continue":"([^"]+)"/.exec(head)?.[1] ?? '' }));
      stream.on('error', reject);
    });
  parentPort!.on('message', ({ path, accept = 'application/json' }: Ask) => {
    void (async () => {
      const startMs = systemClock.monotonicMs();
      let total = 0;
      for (let token = '', isFirst = true; isFirst || token; isFirst = false) {
        const page = await read(token ? `${path}&continue=${encodeURIComponent(token)}` : path, accept);
        total += page.bytes;
        token = page.token;
      }
      parentPort!.postMessage({ bytes: total, ms: systemClock.monotonicMs() - startMs });
    })();
  });
}

async function main(): Promise<void> {
  const url = process.argv[2];
  const deps = testDeps();
  const storage = url ? createEtcd3Storage({ endpoints: [url], deps }) : createMemoryStorage(deps);
  const server = await startTestApiServer({ storage });
  const gc = (): Promise<void> => sleep(300).then(() => void (globalThis as { gc?: () => void }).gc?.());
  const usedMb = async (): Promise<number> => {
    await gc();
    await gc();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 1e6;
  };
  console.log(`store: ${url ?? 'memory'}`);
  const emptyMb = await usedMb();
  let made = 0;
  const put = async (row: ResourceRow, name: string, object: object): Promise<void> => {
    const key = storageKey(row, { namespace: 'default', name });
    await storage.put(key, Buffer.from(JSON.stringify(object)), { expectedRevision: 0 });
  };
  const stored = (index: number): Promise<void> => {
    const isPod = index % 6 !== 0;
    const name = `${isPod ? 'pod' : 'map'}-${String(index).padStart(6, '0')}`;
    const metadata = {
      name,
      namespace: 'default',
      uid: `00000000-0000-0000-0000-${String(index).padStart(12, '0')}`,
      creationTimestamp: '2026-01-01T00:00:00Z',
      labels: { n: name, bucket: String(index % 100) },
    };
    if (!isPod) {
      const data = { text: 'x'.repeat(500) };
      return put(configMaps as unknown as ResourceRow, name, { kind: 'ConfigMap', apiVersion: 'v1', metadata, data });
    }
    const { spec } = JSON.parse(podManifest(index)) as { spec: object };
    const object = { kind: 'Pod', apiVersion: 'v1', metadata, spec, status: { phase: 'Running', podIP: '10.0.0.1' } };
    return put(pods as unknown as ResourceRow, name, object);
  };
  for (const size of sizes) {
    const startMs = systemClock.monotonicMs();
    const from = made;
    while (made < size) await Promise.all(Array.from({ length: 200 }, () => stored(made++)));
    const perSecond = ((size - from) / (systemClock.monotonicMs() - startMs)) * 1000;
    const mb = await usedMb();
    console.log(
      `${size} objects: ${mb.toFixed(0)} MB in use, ${(((mb - emptyMb) * 1e6) / size).toFixed(0)} bytes an object, ` +
        `RSS ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB, filled at ${perSecond.toFixed(0)}/s`,
    );
  }

  const delay = monitorEventLoopDelay({ resolution: 1 });
  /** Times each turn of the event loop in CPU time, which other work on the machine does not lengthen. */
  const turns = { isOn: false, longestMs: 0 };
  const turn = (before: NodeJS.CpuUsage): void => {
    const { user, system } = process.threadCpuUsage(before);
    turns.longestMs = Math.max(turns.longestMs, (user + system) / 1000);
    if (turns.isOn) setImmediate(turn, process.threadCpuUsage());
  };
  const watched = async <T>(what: string, run: () => Promise<T>): Promise<void> => {
    await gc();
    delay.reset();
    delay.enable();
    turns.isOn = true;
    turns.longestMs = 0;
    setImmediate(turn, process.threadCpuUsage());
    const startMs = systemClock.monotonicMs();
    const result = (await run()) as { bytes?: number } | undefined;
    const ms = systemClock.monotonicMs() - startMs;
    delay.disable();
    turns.isOn = false;
    const size = result?.bytes ? `${(result.bytes / 1e6).toFixed(1)} MB, ` : '';
    console.log(
      `${what}: ${size}${ms.toFixed(0)} ms, longest turn ${turns.longestMs.toFixed(1)} ms of CPU, ` +
        `event loop late p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, at most ${(delay.max / 1e6).toFixed(1)} ms`,
    );
  };
  await watched('idle for 2 s', () => sleep(2000));
  await watched('another server loads all', async () => (await startInProcessApiServer({ storage })).stop());

  const worker = new Worker(new URL(import.meta.url), { workerData: { url: server.url, ca: server.ca } });
  const ask = (asked: Ask): Promise<{ bytes: number }> =>
    new Promise((resolve) => {
      worker.once('message', resolve);
      worker.postMessage(asked);
    });
  const all = '/api/v1/pods?';
  const lists: readonly (readonly [string, Ask])[] = [
    ['list', { path: all }],
    ['list, resourceVersion=0', { path: `${all}resourceVersion=0` }],
    ['table', { path: all, accept: table }],
    ['metadata', { path: all, accept: metadataOnly }],
    ['chunks of 500', { path: `${all}limit=500` }],
    ['table in chunks of 500', { path: `${all}limit=500`, accept: table }],
    ['label, one of 100', { path: `${all}labelSelector=bucket%3D7` }],
    ['label, all but one of 100', { path: `${all}labelSelector=bucket%21%3D7` }],
    ['config maps', { path: '/api/v1/configmaps?' }],
  ];
  await ask(lists[0]![1]);
  for (const [what, asked] of lists) await watched(what, () => ask(asked));
  await watched('four lists at once', () => Promise.all(lists.slice(0, 4).map(([, asked]) => ask(asked))));
  await worker.terminate();
  await server.stop();
  await storage.close();
  if (url) await watchStart(url);
  process.exit(0);
}

/** What the service does by itself once it is ready: nobody asks for anything but its metrics. */
async function watchStart(etcd: string): Promise<void> {
  const server = await startApiServerProcess({ etcd, advertiseAddress: '127.0.0.1' });
  /** Since it was asked before. */
  const lateMs = async (): Promise<number> => {
    const text = await (await server.client.raw({ method: 'GET', path: '/metrics' })).text();
    return Number(/^nodejs_eventloop_lag_max_seconds (\S+)$/m.exec(text)![1]) * 1000;
  };
  await lateMs();
  await sleep(5000);
  console.log(
    `a kube-apiserver in the 5 s after it is ready: event loop late by at most ${(await lateMs()).toFixed(1)} ms`,
  );
  await server.stop();
}

if (isMainThread) await main();
else serveReader();
