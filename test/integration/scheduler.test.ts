import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { events } from '../../api/resources/core/event.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import type { Node, Pod } from '../../api/schema/generated/core-v1.ts';
import { createClient } from '../../client/rest-client.ts';
import { bearer, fixedCredential } from '../../client/credentials.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { createHttpsTransport } from '../../client/https-transport.ts';
import { createInformers } from '../../client/informer-factory.ts';
import { createSchedulerMetrics } from '../../scheduler/metrics.ts';
import { plugins } from '../../scheduler/plugins/index.ts';
import { SchedulingQueue } from '../../scheduler/queue/scheduling-queue.ts';
import { runSchedulingCycles } from '../../scheduler/scheduling-cycle.ts';
import { ClusterState } from '../../scheduler/snapshot/cluster-state.ts';
import { watchCluster } from '../../scheduler/watch-cluster.ts';
import { startTestApiServer, testDeps, type TestApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { testNode, testPod } from '../support/scheduler-objects.ts';

/** The scheduler with no more rights than the bootstrap policy gives it, against a whole API server. */
async function startScheduler(api: TestApiServer): Promise<{ stop(): Promise<void> }> {
  const stop = new AbortController();
  const deps = testDeps();
  const transport = createHttpsTransport({
    server: api.url,
    certificateAuthority: api.ca,
    credentials: fixedCredential(bearer('schedulertoken')),
    deps,
  });
  const client = createClient({ transport });
  const queue = new SchedulingQueue(deps.clock);
  const state = new ClusterState();
  const informers = createInformers(client, deps);
  watchCluster(informers, { state, queue, schedulerName: 'default-scheduler' });
  const running = informers.run(stop.signal);
  await informers.waitForSync();
  const recorder = createEventRecorder({ component: 'default-scheduler' }, client, deps);
  const schedulerMetrics = createSchedulerMetrics(deps, queue);
  const cycles = runSchedulingCycles(
    { ...deps, client, events: recorder, queue, state, plugins, schedulerMetrics },
    stop.signal,
  );
  return {
    stop: async () => {
      stop.abort(new Error('the test is over'));
      await Promise.all([cycles, running]);
      await recorder.flush();
      transport.close();
    },
  };
}

describe('scheduler', () => {
  let api: TestApiServer;
  let scheduler: { stop(): Promise<void> };
  let count = 0;

  before(async () => {
    api = await startTestApiServer({
      config: { authorizationModes: ['RBAC'], admission: { disable: ['ServiceAccount', 'TaintNodesByCondition'] } },
      tokens: ['schedulertoken,system:kube-scheduler,scheduler-uid,"system:authenticated"'],
    });
    scheduler = await startScheduler(api);
  });
  after(async () => {
    await scheduler.stop();
    await api.stop();
  });

  /** A namespace and a set of nodes of its own, so that tests do not share room. */
  const setUp = async (allocatable: readonly Record<string, string>[]) => {
    const set = `set-${count++}`;
    await api.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: set } });
    let made = 0;
    const addNode = (amounts: Record<string, string>): Promise<Node> => {
      const node = testNode(`${set}-${made++}`, { labels: { set }, allocatable: amounts });
      return api.client.create(nodes, node);
    };
    for (const amounts of allocatable) await addNode(amounts);
    const create = (name: string, options: Parameters<typeof testPod>[1] = {}): Promise<Pod> =>
      api.client.create(
        pods,
        testPod(name, {
          ...options,
          metadata: { name, namespace: set, labels: options.labels },
          spec: { nodeSelector: { set }, ...options.spec },
        }),
      );
    const bound = (name: string): Promise<Pod> =>
      eventually(`${name} is bound`, async () => {
        const pod = await api.client.get(pods, { namespace: set, name });
        return pod.spec!.nodeName ? pod : undefined;
      });
    return { set, addNode, create, bound };
  };

  it('binds a pod, says so in its status and in an event', async () => {
    const { set, create, bound } = await setUp([{}]);
    await create('p', { requests: { cpu: '1' } });
    const pod = await bound('p');
    assert.equal(pod.spec!.nodeName, `${set}-0`);
    const condition = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    assert.equal(condition?.status, 'True');
    await eventually('the event', async () => {
      const { items } = await api.client.list(events, { namespace: set });
      return items.some(
        ({ reason, message }) => reason === 'Scheduled' && message === `Successfully assigned ${set}/p to ${set}-0`,
      );
    });
  });

  it('tells why a pod is pending, and binds it when a node comes', async () => {
    const { set, addNode, create, bound } = await setUp([{ cpu: '1' }]);
    await create('p', { requests: { cpu: '2' } });
    const pending = await eventually('the condition', async () => {
      const pod = await api.client.get(pods, { namespace: set, name: 'p' });
      return pod.status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
    });
    assert.equal(pending.reason, 'Unschedulable');
    assert.match(pending.message!, /^0\/\d+ nodes are available: 1 Insufficient cpu/);
    await eventually('the event', async () => {
      const { items } = await api.client.list(events, { namespace: set });
      return items.some(
        ({ reason, type, message }) =>
          reason === 'FailedScheduling' && type === 'Warning' && message === pending.message,
      );
    });
    await addNode({ cpu: '4' });
    const pod = await bound('p');
    assert.equal(pod.spec!.nodeName, `${set}-1`);
    const now = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
    assert.equal(now?.status, 'True');
  });

  it('spreads pods over nodes', async () => {
    const { create, bound } = await setUp([{}, {}]);
    const names = Array.from({ length: 10 }, (_, i) => `p${i}`);
    for (const name of names) await create(name, { labels: { app: 'web' }, requests: { cpu: '100m' } });
    const perNode = new Map<string, number>();
    for (const name of names) {
      const node = (await bound(name)).spec!.nodeName!;
      perNode.set(node, (perNode.get(node) ?? 0) + 1);
    }
    assert.deepEqual([...perNode.values()], [5, 5]);
  });

  it('leaves pods of other schedulers alone', async () => {
    const { set, create, bound } = await setUp([{}]);
    await create('theirs', { spec: { nodeSelector: {}, schedulerName: 'another' } });
    await create('ours');
    await bound('ours');
    const theirs = await api.client.get(pods, { namespace: set, name: 'theirs' });
    assert.equal(theirs.spec!.nodeName, undefined);
  });

  it('gives no node more than it has, when 200 pods come at once', async () => {
    const { set, create } = await setUp([{ pods: '30' }, { cpu: '2' }, {}, {}, {}]);
    // Room for 20 + 10 + 3 × 20 pods of 200m, or fewer where the number of pods ends it.
    await Promise.all(Array.from({ length: 200 }, (_, i) => create(`p${i}`, { requests: { cpu: '200m' } })));
    const perNode = await eventually('90 pods are bound and the rest told why not', async () => {
      const { items } = await api.client.list(pods, { namespace: set });
      const counts = new Map<string, number>();
      let told = 0;
      for (const pod of items) {
        const { nodeName } = pod.spec!;
        if (nodeName) counts.set(nodeName, (counts.get(nodeName) ?? 0) + 1);
        else if (pod.status?.conditions?.some(({ reason }) => reason === 'Unschedulable')) told += 1;
      }
      const bound = [...counts.values()].reduce((sum, pod) => sum + pod, 0);
      return bound + told === 200 ? counts : undefined;
    });
    assert.deepEqual(
      Object.fromEntries([...perNode].sort()),
      Object.fromEntries([20, 10, 20, 20, 20].map((pods, i) => [`${set}-${i}`, pods])),
    );
  });
});
