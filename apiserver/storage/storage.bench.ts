/**
 * Figures of the storage layer alone: `node apiserver/storage/storage.bench.ts [part…]`. Starts its own etcd. CPU is that
 * of this process. Figures of one run compare with each other, not with those of another machine.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Registry } from 'prom-client';
import { systemClock } from '../../component/clock.ts';
import type { Deps } from '../../component/deps.ts';
import { silentLogger } from '../../component/logger.ts';
import { systemRandom } from '../../component/random.ts';
// eslint-disable-next-line no-restricted-imports -- a bench is no part of the service
import { startEtcd } from '../../test/support/etcd.ts';
import type { Digest } from './cache-entry.ts';
import { createEtcd3Storage } from './etcd3-storage/etcd3-storage.ts';
import { createMemoryStorage } from './memory-storage.ts';
import type { Storage } from './storage.ts';
import { createWatchCache, type WatchCache } from './watch-cache.ts';

const deps: Deps = { clock: systemClock, random: systemRandom, log: silentLogger, metrics: new Registry() };

/** About 2 KB, as a small pod is. */
function pod(namespace: string, name: string, nodeName: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      kind: 'Pod',
      apiVersion: 'v1',
      metadata: {
        name,
        namespace,
        uid: `00000000-0000-4000-8000-${name.padStart(12, '0').slice(-12)}`,
        creationTimestamp: '2026-01-01T00:00:00Z',
        labels: { app: 'web', 'pod-template-hash': '5d8f7b9c6', tier: 'front' },
        annotations: { note: 'x'.repeat(200) },
      },
      spec: {
        nodeName,
        restartPolicy: 'Always',
        containers: [
          {
            name: 'web',
            image: 'registry.example/web:1',
            env: Array.from({ length: 8 }, (_, i) => ({ name: `VARIABLE_${i}`, value: `value ${i}` })),
            resources: { requests: { cpu: '100m', memory: '64Mi' } },
            terminationMessagePath: '/dev/termination-log',
          },
        ],
      },
      status: {
        phase: 'Running',
        podIP: '10.0.0.1',
        conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
          type,
          status: 'True',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        })),
      },
    }),
  );
}

function digest(_prefix: string, _key: string, value: Buffer): Digest {
  const { metadata, spec } = JSON.parse(value.toString()) as {
    metadata: { name: string; namespace: string; uid: string; labels: Record<string, string> };
    spec: { nodeName: string };
  };
  const { name, namespace, uid, labels } = metadata;
  return { name, namespace, uid, labels, fields: { 'spec.nodeName': spec.nodeName } };
}

async function measure(what: string, count: number, run: () => Promise<void> | void): Promise<void> {
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  const startMs = systemClock.monotonicMs();
  const cpu = process.cpuUsage();
  await run();
  const ms = systemClock.monotonicMs() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  loop.disable();
  const columns = [
    what.padEnd(46),
    `${Math.round((count / ms) * 1000).toLocaleString('en')}/s`.padStart(14),
    `${((user + system) / count).toFixed(2)} µs CPU each`.padStart(22),
    `longest pause ${(loop.max / 1e6).toFixed(0)} ms`.padStart(22),
  ];
  console.log(columns.join(' '));
}

async function inFlight(limit: number, count: number, run: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await run(next++);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

async function start(storage: Storage): Promise<{ cache: WatchCache; stop: () => Promise<void> }> {
  const cache = createWatchCache({ storage, deps, digest });
  const controller = new AbortController();
  const running = cache.run(controller.signal);
  await cache.waitForSync();
  return {
    cache,
    stop: async () => {
      controller.abort();
      await running;
    },
  };
}

/** Heap and Buffers in use; run with --expose-gc for figures that mean something. */
const usedBytes = (): number => {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const parts: Record<string, () => Promise<void>> = {
  async etcd() {
    const etcd = await startEtcd();
    try {
      for (const limit of [1, 16, 64, 128, 256, 512]) {
        const storage = createEtcd3Storage({ endpoints: [etcd.endpoint], deps, maxInFlight: limit });
        const value = pod('bench', 'pod', 'node');
        const count = limit === 1 ? 1000 : 8000;
        const put = (round: string) => (i: number) =>
          storage.put(`/registry/bench-${limit}-${round}/${i}`, value, { expectedRevision: 0 });
        await inFlight(limit, count / 4, put('warm'));
        await measure(`etcd: creates, ${limit} in flight`, count, () => inFlight(limit, count, put('hot')));
        await storage.close();
      }
      const storage = createEtcd3Storage({ endpoints: [etcd.endpoint], deps });
      await measure('etcd: gets, 64 in flight', 8000, () =>
        inFlight(64, 8000, (i) => storage.get(`/registry/bench-64-hot/${i}`)),
      );
      await measure('etcd: currentRevision, 64 in flight', 8000, () =>
        inFlight(64, 8000, () => storage.currentRevision()),
      );
      await storage.close();
    } finally {
      await etcd.stop();
    }
  },

  async load() {
    const etcd = await startEtcd();
    try {
      const count = 20_000;
      const storage = createEtcd3Storage({ endpoints: [etcd.endpoint], deps });
      const key = (i: number): string => `/registry/pods/ns${i % 20}/pod-${i}`;
      const before = await storage.currentRevision();
      await inFlight(128, count, (i) =>
        storage.put(key(i), pod(`ns${i % 20}`, `pod-${i}`, `n${i % 99}`), { expectedRevision: 0 }),
      );
      const watch = async (withPrevious: boolean): Promise<void> => {
        let seen = 0;
        const signal = new AbortController().signal;
        for await (const { changes } of storage.watch(
          { prefix: '/registry/', afterRevision: before, withPrevious },
          signal,
        )) {
          seen += changes.length;
          if (seen >= count) return;
        }
      };
      await measure('etcd: watch, replay of events', count, () => watch(false));
      await measure('etcd: watch, replay with previous', count, () => watch(true));
      await measure('etcd: range of all', count, async () => void (await storage.range({ prefix: '/registry/' })));
      const used = usedBytes();
      let started: Awaited<ReturnType<typeof start>> | undefined;
      await measure('cache: load from etcd', count, async () => {
        started = await start(storage);
      });
      const each = (usedBytes() - used) / count;
      console.log(`cache: ${each.toFixed(0)} bytes of memory an object of ${pod('ns1', 'pod-1', 'n1').length} bytes`);
      const { cache, stop } = started!;
      const entries = cache.list('/registry/pods/');
      let received = 0;
      const done = Promise.withResolvers<void>();
      cache.subscribe('/registry/pods/', { afterRevision: cache.revision }, (events) => {
        received += events.length;
        if (received === 8000) done.resolve();
      });
      await measure('etcd + cache: updates seen by a subscriber', 8000, async () => {
        await inFlight(64, 8000, (i) =>
          storage.put(entries[i]!.key, entries[i]!.value, { expectedRevision: entries[i]!.modRevision }),
        );
        await done.promise;
      });
      await measure('cache: consistentRevision, 256 callers', 100_000, () =>
        inFlight(256, 100_000, () => cache.consistentRevision()),
      );
      await stop();
      await storage.close();
    } finally {
      await etcd.stop();
    }
  },

  async cache() {
    const count = 50_000;
    const storage = createMemoryStorage(deps);
    const name = (i: number): string => `pod-${((i * 7919) % count).toString(36).padStart(4, '0')}`;
    await measure('memory: creates', count, async () => {
      for (let i = 0; i < count; i++)
        await storage.put(`/registry/pods/ns${i % 20}/${name(i)}`, pod(`ns${i % 20}`, name(i), `n${i % 99}`), {
          expectedRevision: 0,
        });
    });
    const { cache, stop } = await start(storage);
    await measure('cache: list of 50,000', 20 * count, () => {
      for (let i = 0; i < 20; i++) cache.list('/registry/pods/');
    });
    await measure('cache: pages of 500 of 50,000', 10_000, () => {
      for (let i = 0; i < 10_000; i++)
        cache.list('/registry/pods/', { startKey: `/registry/pods/ns${i % 20}/pod-1`, limit: 500 });
    });
    await measure('cache: counts of 50,000', 100_000, () => {
      for (let i = 0; i < 100_000; i++) cache.count('/registry/pods/');
    });
    await measure('cache: gets', 1_000_000, () => {
      for (let i = 0; i < 1_000_000; i++) cache.get(`/registry/pods/ns${i % 20}/pod-00${i % 10}0`);
    });
    let delivered = 0;
    const subscribers = 1000;
    for (let i = 0; i < subscribers; i++) {
      cache.subscribe(`/registry/pods/`, { afterRevision: cache.revision }, (events) => {
        delivered += events.length;
      });
    }
    const entries = cache.list('/registry/pods/');
    await measure('memory + cache: updates, 1,000 subscribers', count, async () => {
      for (let i = 0; i < count; i++) {
        const { key, value, modRevision } = entries[(i * 7919) % count]!;
        await storage.put(key, value, { expectedRevision: modRevision });
      }
      await cache.waitForRevision(await storage.currentRevision(), { timeoutMs: 60_000 });
    });
    console.log(`delivered ${delivered.toLocaleString('en')}`);
    const now = cache.list('/registry/pods/');
    await measure('memory + cache: deletes', count, async () => {
      for (let i = 0; i < count; i++) {
        const { key, modRevision } = now[(i * 7919) % count]!;
        await storage.delete(key, { expectedRevision: modRevision });
      }
      await cache.waitForRevision(await storage.currentRevision(), { timeoutMs: 60_000 });
    });
    await stop();
  },
};

const chosen = process.argv.slice(2);
for (const [name, run] of Object.entries(parts)) if (chosen.length === 0 || chosen.includes(name)) await run();
