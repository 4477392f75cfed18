import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import {
  ApiException,
  Log,
  makeInformer,
  PatchStrategy,
  PortForward,
  type V1ConfigMap,
  type V1Pod,
} from '@kubernetes/client-node';
import { after, before, describe, it } from 'mocha';
import { eventually } from '../support/eventually.ts';
import { createTestCluster, type TestCluster } from './support/cluster.ts';
import { answeringPod, httpGet } from './support/http-get.ts';
import { busyboxImage, ensureTestImages, toolsImage, webImage, webImage2 } from './support/images.ts';
import { createNodeClient, type NodeClient } from './support/node-client.ts';
import { isReady, podOf, rolledOut, webDeployment, webService } from './support/workloads.ts';

const namespace = 'journey';
const name = 'web';

/** What a program does with a new cluster, in order: later steps stand on earlier ones. */
describe('a journey with the npm client', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let client: NodeClient;
  let serviceUrl = '';

  const webPods = async (): Promise<V1Pod[]> =>
    (await client.core.listNamespacedPod({ namespace, labelSelector: `app=${name}` })).items;
  const sh = (script: string, options?: { stdin?: string; tty?: boolean }) =>
    client.exec(namespace, 'client', ['sh', '-c', script], options);
  const setImage = (image: string) =>
    client.objects.patch(
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { namespace, name },
        spec: { template: { spec: { containers: [{ name: 'web', image }] } } },
      },
      undefined,
      undefined,
      'journey',
      undefined,
      PatchStrategy.StrategicMergePatch,
    );

  before(async () => {
    cluster = await createTestCluster(111);
    await ensureTestImages();
    await cluster.up();
    client = createNodeClient(cluster.kubeconfig);
    await client.core.createNamespace({ body: { metadata: { name: namespace } } });
  });
  after(async () => cluster?.destroy());

  it('creates a deployment and sees it become ready', async () => {
    await client.apps.createNamespacedDeployment({ namespace, body: webDeployment(name) });
    const { status } = await rolledOut(client.apps, namespace, name);
    assert.equal(status?.conditions?.find(({ type }) => type === 'Available')?.status, 'True');
  });

  it('exposes it and scales it: three pods, each with an address of its own', async () => {
    const service = await client.core.createNamespacedService({ namespace, body: webService(name) });
    serviceUrl = `http://${service.spec!.clusterIP}/`;
    const scale = await client.apps.readNamespacedDeploymentScale({ namespace, name });
    scale.spec!.replicas = 3;
    await client.apps.replaceNamespacedDeploymentScale({ namespace, name, body: scale });
    await rolledOut(client.apps, namespace, name);
    assert.equal(new Set((await webPods()).map((pod) => pod.status?.podIP)).size, 3);
  });

  it('reaches all three at the ClusterIP from the host', async () => {
    const answered = new Set<string>();
    await eventually('all three pods have answered', async () => {
      answered.add(await answeringPod(serviceUrl));
      return answered.size === 3;
    });
    assert.deepEqual([...answered].sort(), (await webPods()).map((pod) => pod.metadata!.name).sort());
  });

  it('reaches it by DNS name from another pod', async () => {
    await client.core.createNamespacedPod({ namespace, body: podOf('client', toolsImage) });
    await eventually('the pod is ready', async () =>
      isReady(await client.core.readNamespacedPod({ namespace, name: 'client' })),
    );
    const ask = (host: string) =>
      client.exec(namespace, 'client', [
        'node',
        '-e',
        `fetch('http://${host}/').then((r) => r.json()).then((answer) => console.log(answer.host))`,
      ]);
    const names = new Set((await webPods()).map((pod) => pod.metadata!.name));
    for (const host of [name, `${name}.${namespace}.svc.cluster.local`]) {
      const { stdout } = await eventually(`${host} answers`, async () => {
        const asked = await ask(host);
        return asked.exitCode === 0 && asked;
      });
      assert.ok(names.has(stdout.trim()), stdout);
    }
  });

  it('reads logs, and follows them', async () => {
    assert.match(
      await client.logs(namespace, (await webPods())[0]!.metadata!.name!),
      /^listening on 8080, version 1\n/,
    );
    const talk = 'echo first line; until [ -e /tmp/go ]; do sleep 0.1; done; echo second line';
    const talker: V1Pod = podOf('talker', busyboxImage, { command: ['sh', '-c', talk] });
    talker.spec!.restartPolicy = 'Never';
    await client.core.createNamespacedPod({ namespace, body: talker });
    await eventually('the pod is ready', async () =>
      isReady(await client.core.readNamespacedPod({ namespace, name: 'talker' })),
    );
    const stream = new PassThrough();
    let said = '';
    const ended = new Promise((resolve) => stream.on('end', resolve));
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await new Log(client.config).log(namespace, 'talker', '', stream, { follow: true });
    await eventually('the first line is there', () => said === 'first line\n');
    await client.exec(namespace, 'talker', ['touch', '/tmp/go']);
    await ended;
    assert.equal(said, 'first line\nsecond line\n');
  });

  it('runs commands with standard input, separate outputs and an exit code', async () => {
    assert.deepEqual(await sh('read line; echo "got $line"; echo bad >&2; exit 3', { stdin: 'hello\n' }), {
      stdout: 'got hello\n',
      stderr: 'bad\n',
      exitCode: 3,
    });
    const big = 'x'.repeat(300_000);
    assert.equal((await sh('wc -c', { stdin: big })).stdout.trim(), String(big.length));
    assert.deepEqual(await sh('true'), { stdout: '', stderr: '', exitCode: 0 });
  });

  it('runs commands with a terminal', async () => {
    const { stdout, exitCode } = await sh('tty && test -t 0 && echo done', { tty: true, stdin: '' });
    assert.match(stdout, /^\/dev\/(pts\/\d+|console)\r\ndone\r\n$/);
    assert.equal(exitCode, 0);
  });

  it('forwards a port', async () => {
    const pod = (await webPods())[0]!.metadata!.name!;
    const forward = new PortForward(client.config);
    const server = createServer((socket) => {
      forward.portForward(namespace, pod, [8080], socket, null, socket).catch((error: Error) => socket.destroy(error));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      for (let i = 0; i < 2; i++) assert.equal(await answeringPod(url), pod);
    } finally {
      server.close();
    }
  });

  it('replaces a deleted pod', async () => {
    const old = (await webPods()).map((pod) => pod.metadata!.uid);
    await client.core.deleteNamespacedPod({ namespace, name: (await webPods())[0]!.metadata!.name! });
    await eventually('three are ready, one of them new, and the old one is gone', async () => {
      const pods = await webPods();
      return pods.length === 3 && pods.every(isReady) && pods.some((pod) => !old.includes(pod.metadata!.uid));
    });
  });

  it('rolls out a new image, and the old template again, without losing an answer', async () => {
    const stop = new AbortController();
    let answers = 0;
    const failures: unknown[] = [];
    const asking = (async () => {
      while (!stop.signal.aborted)
        await httpGet(serviceUrl).then(
          () => (answers += 1),
          (error: unknown) => failures.push(error),
        );
    })();
    const versionIs = (version: string) =>
      eventually(`version ${version} answers`, async () =>
        (await httpGet(serviceUrl)).includes(`"version":"${version}"`),
      );
    await setImage(webImage2);
    await rolledOut(client.apps, namespace, name);
    await versionIs('2');
    await setImage(webImage);
    const { metadata } = await rolledOut(client.apps, namespace, name);
    await versionIs('1');
    stop.abort();
    await asking;
    assert.equal(metadata?.annotations?.['deployment.kubernetes.io/revision'], '3');
    const { items } = await client.apps.listNamespacedReplicaSet({ namespace, labelSelector: `app=${name}` });
    assert.deepEqual(items.map((set) => set.spec?.replicas).sort(), [0, 3]);
    assert.ok(answers > 0);
    assert.deepEqual(failures, []);
  });

  it('applies on the server: fields belong to who applied them', async () => {
    const apply = (manager: string, value: string, force = false) =>
      client.objects.patch<V1ConfigMap>(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'settings' }, data: { colour: value } },
        undefined,
        undefined,
        manager,
        force,
        PatchStrategy.ServerSideApply,
      );
    await apply('one', 'red');
    assert.equal((await apply('one', 'green')).data?.['colour'], 'green');
    await assert.rejects(apply('two', 'blue'), (error: ApiException<string>) => {
      assert.equal(error.code, 409);
      assert.match(String(error.body), /conflict with \\"one\\": \.data\.colour/);
      return true;
    });
    const { data, metadata } = await apply('two', 'blue', true);
    assert.equal(data?.['colour'], 'blue');
    assert.deepEqual(
      metadata?.managedFields?.map(({ manager, operation }) => [manager, operation]),
      [['two', 'Apply']],
    );
  });

  it('loses no event to the death of the API server under an informer', async () => {
    const events: string[] = [];
    let lists = 0;
    const informer = makeInformer<V1ConfigMap>(
      client.config,
      `/api/v1/namespaces/${namespace}/configmaps`,
      () => {
        lists += 1;
        return client.core.listNamespacedConfigMap({ namespace, labelSelector: 'watched=yes' });
      },
      'watched=yes',
    );
    const note = (verb: string) => (map: V1ConfigMap) =>
      void events.push(`${verb} ${map.metadata!.name} ${map.data!['step']}`);
    informer.on('add', note('add'));
    informer.on('update', note('update'));
    informer.on('delete', note('delete'));
    let deaths = 0;
    let isStopped = false;
    informer.on('error', () => {
      deaths += 1;
      if (!isStopped) setImmediate(() => void informer.start());
    });
    await informer.start();
    const key = (i: number) => ({ namespace, name: `watched-${i}` });
    const bodyOf = (i: number, step: string) => ({
      metadata: { name: key(i).name, labels: { watched: 'yes' } },
      data: { step },
    });
    // What a program does while the server is away: it asks again. An answer that was lost may have been a yes.
    const surely = (what: string, write: () => Promise<unknown>, alreadyDone: number) =>
      eventually(what, async () => {
        await write().catch((error: unknown) => {
          if (!(error instanceof ApiException && error.code === alreadyDone)) throw error;
        });
        return true;
      });
    try {
      const expected: string[] = [];
      for (let i = 0; i < 12; i++) {
        if (i === 4) process.kill(cluster.pidOf('kube-apiserver'), 'SIGKILL');
        await surely(
          'it is created',
          () => client.core.createNamespacedConfigMap({ namespace, body: bodyOf(i, 'new') }),
          409,
        );
        await surely(
          'it is updated',
          () => client.core.replaceNamespacedConfigMap({ ...key(i), body: bodyOf(i, 'newer') }),
          0,
        );
        expected.push(`add watched-${i} new`, `update watched-${i} newer`);
        if (i % 2 === 0) {
          await surely('it is deleted', () => client.core.deleteNamespacedConfigMap(key(i)), 404);
          expected.push(`delete watched-${i} newer`);
        }
      }
      await eventually('the last change has come', () => /^(add|update) watched-11 newer$/.test(events.at(-1)!));
      if (lists === 1) assert.deepEqual(events, expected);
      else {
        // Others wrote before the death what the informer does not watch. Its revision is then older than the history that the
        // server begins with; it lists again, as with upstream, and what changed meanwhile it learns of as it is by then.
        const before = expected.indexOf('add watched-4 new');
        assert.deepEqual(events.slice(0, before), expected.slice(0, before));
        assert.equal(new Set(events).size, events.length, 'no event comes twice');
        const lastOf = (log: string[], i: number) => log.findLast((event) => event.split(' ')[1] === `watched-${i}`);
        for (let i = 4; i < 12; i++) {
          const last = lastOf(events, i)?.replace('add', 'update');
          if (last !== undefined || i % 2 === 1) assert.equal(last, lastOf(expected, i));
        }
      }
      assert.ok(deaths > 0, 'the watch never broke');
    } finally {
      isStopped = true;
      await informer.stop();
    }
  });

  it('tells in events what happened', async () => {
    const reasonsOf = async (kind: string, object: string): Promise<Set<string | undefined>> => {
      const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${object}`;
      const { items } = await client.core.listNamespacedEvent({ namespace, fieldSelector });
      return new Set(items.map(({ reason }) => reason));
    };
    for (const [kind, object, reasons] of [
      ['Pod', 'client', ['Scheduled', 'Pulled', 'Created', 'Started']],
      ['Deployment', name, ['ScalingReplicaSet']],
    ] as const)
      await eventually(`${kind} ${object} has events ${reasons.join(', ')}`, async () => {
        const seen = await reasonsOf(kind, object);
        return reasons.every((reason) => seen.has(reason));
      });
  });

  it('runs a job to its end', async () => {
    await client.batch.createNamespacedJob({
      namespace,
      body: {
        metadata: { name: 'sum' },
        spec: {
          template: {
            spec: {
              restartPolicy: 'Never',
              containers: [{ name: 'sum', image: busyboxImage, command: ['sh', '-c', 'echo $((40 + 2))'] }],
            },
          },
        },
      },
    });
    await eventually('the job is complete', async () => {
      const { status } = await client.batch.readNamespacedJob({ namespace, name: 'sum' });
      return status?.succeeded === 1 && status.conditions?.some((c) => c.type === 'Complete' && c.status === 'True');
    });
    const { items } = await client.core.listNamespacedPod({ namespace, labelSelector: 'job-name=sum' });
    assert.equal(await client.logs(namespace, items[0]!.metadata!.name!), '42\n');
  });

  it('empties a namespace and lets it go', async () => {
    await client.core.deleteNamespace({ name: namespace });
    await eventually('the namespace is gone', () =>
      client.core.readNamespace({ name: namespace }).then(
        () => false,
        (error: unknown) => error instanceof ApiException && error.code === 404,
      ),
    );
    await assert.rejects(httpGet(serviceUrl, 1_000));
  });
});
