import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { hasReason } from '../../api/meta/errors.ts';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { events } from '../../api/resources/core/event.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import { leases } from '../../api/resources/coordination/lease.ts';
import type { Container, Pod, PodSpec } from '../../api/schema/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { toYaml } from '../../component/yaml.ts';
import { runInContainer } from '../../kubelet/lifecycle/run-in-container.ts';
import { startTestApiServer, type TestApiServer } from '../support/api-server.ts';
import { eventually } from '../support/eventually.ts';
import { busyboxImage, ensureBusyboxImage } from '../support/images.ts';
import { createTestNode, type RunningKubelet, type TestNode } from '../support/kubelet.ts';

const namespace = 'default';
/** Runs until it is told to stop, and stops at once. */
const forever = "trap 'exit 0' TERM; while :; do sleep 0.05; done";

describe('kubelet', () => {
  let folder: string;
  let api: TestApiServer;
  let client: Client;
  let node: TestNode;
  let running: RunningKubelet;

  before(async () => {
    await ensureBusyboxImage();
    folder = await mkdtemp(join(tmpdir(), 'k8ts-kubelet-test-'));
    const keyFile = join(folder, 'sa.key');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
    const issuer = 'https://kubernetes.default.svc.cluster.local';
    api = await startTestApiServer({
      config: {
        serviceAccounts: { issuers: [issuer], apiAudiences: [issuer], signingKeyFile: keyFile, keyFiles: [keyFile] },
      },
    });
    ({ client } = api);
    await client.create(serviceAccounts, { metadata: { name: 'default', namespace } });
    await client.create(configMaps, {
      metadata: { name: 'kube-root-ca.crt', namespace },
      data: { 'ca.crt': api.ca },
    });
    node = await createTestNode(client, { args: ['--pod-manifest-path=ROOT/manifests', '--file-check-frequency=1s'] });
    await mkdir(join(node.rootDir, 'manifests'));
    running = await node.start();
  });
  after(async () => {
    await running?.stop();
    await node?.destroy();
    await api?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const container = (script: string, more: Partial<Container> = {}): Container => ({
    name: 'main',
    image: busyboxImage,
    command: ['sh', '-c', script],
    ...more,
  });
  const create = (name: string, spec: Partial<PodSpec> & Pick<PodSpec, 'containers'>, labels = {}): Promise<Pod> =>
    client.create(pods, {
      metadata: { name, namespace, labels },
      spec: {
        nodeName: node.nodeName,
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 10,
        ...spec,
      },
    });
  const get = (name: string): Promise<Pod> => client.get(pods, { namespace, name });
  const until = (name: string, what: string, check: (pod: Pod) => unknown): Promise<Pod> =>
    eventually(`${name}: ${what}`, async () => {
      const pod = await get(name);
      return check(pod) ? pod : undefined;
    });
  const isReady = (pod: Pod): boolean =>
    pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
  const idOf = (pod: Pod, i = 0): string => pod.status!.containerStatuses![i]!.containerID!.replace('docker://', '');
  const exec = async (pod: Pod, script: string): Promise<string> =>
    (await runInContainer(node.runtime, idOf(pod), ['sh', '-c', script], AbortSignal.timeout(20_000))).output;
  const isGone = (name: string): Promise<unknown> =>
    eventually(`${name} is gone`, () =>
      get(name).then(
        () => false,
        (error: unknown) => hasReason(error, 'NotFound'),
      ),
    );
  const eventsOf = async (name: string): Promise<string[]> => {
    const { items } = await client.list(events, { namespace }, { fieldSelector: `involvedObject.name=${name}` });
    return items.map(({ reason, message }) => `${reason}: ${message}`);
  };
  const untilEvent = (name: string, pattern: RegExp): Promise<unknown> =>
    eventually(`${name}: event ${pattern}`, async () => (await eventsOf(name)).some((event) => pattern.test(event)));

  it('registers its node, ready and with a lease', async () => {
    const object = await eventually('the node is ready', async () => {
      const found = await client.get(nodes, { name: node.nodeName });
      return found.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True' ? found : undefined;
    });
    assert.equal(object.metadata.labels?.['kubernetes.io/hostname'], node.nodeName);
    assert.match(object.status!.nodeInfo!.containerRuntimeVersion, /^docker:\/\//);
    assert.match(object.status!.nodeInfo!.kubeletVersion, /^v1\.36\./);
    assert.equal(object.status!.daemonEndpoints!.kubeletEndpoint!.Port, 10250);
    assert.ok(object.status!.capacity!.cpu && object.status!.allocatable!.memory);
    const lease = await eventually('the lease', () =>
      client.get(leases, { namespace: 'kube-node-lease', name: node.nodeName }),
    );
    assert.equal(lease.spec?.holderIdentity, node.nodeName);
  });

  it('runs a pod with all that belongs to it, and takes everything away again', async () => {
    await client.create(configMaps, { metadata: { name: 'settings', namespace }, data: { colour: 'red' } });
    await create(
      'whole',
      {
        automountServiceAccountToken: true,
        initContainers: [
          container('echo prepared > /scratch/file', {
            name: 'prepare',
            volumeMounts: [{ name: 'scratch', mountPath: '/scratch' }],
          }),
          container(forever, { name: 'sidecar', restartPolicy: 'Always' }),
        ],
        containers: [
          container(`mkdir /www; cp /scratch/file /www; httpd -p 8080 -h /www; ${forever}`, {
            ports: [{ name: 'http', containerPort: 8080 }],
            env: [
              { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
              { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            ],
            readinessProbe: { httpGet: { path: '/file', port: 'http' }, periodSeconds: 1 },
            livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 1 },
            resources: { requests: { cpu: '50m' }, limits: { memory: '64Mi' } },
            volumeMounts: [
              { name: 'scratch', mountPath: '/scratch' },
              { name: 'settings', mountPath: '/etc/settings' },
              { name: 'settings', mountPath: '/etc/one', subPath: 'colour' },
            ],
          }),
        ],
        volumes: [
          { name: 'scratch', emptyDir: {} },
          { name: 'settings', configMap: { name: 'settings' } },
        ],
      },
      { app: 'whole' },
    );
    const pod = await until('whole', 'ready', isReady);
    const { status } = pod;
    assert.equal(status!.phase, 'Running');
    assert.equal(status!.qosClass, 'Burstable');
    assert.deepEqual(
      status!.conditions!.map(({ type, status: is, reason }) => `${type} ${is} ${reason}`).sort(),
      ['ContainersReady', 'Initialized', 'PodReadyToStartContainers', 'PodScheduled', 'Ready'].map(
        (type) => `${type} True undefined`,
      ),
    );
    assert.deepEqual(
      status!.initContainerStatuses!.map(({ name, ready, state }) => [name, ready, Object.keys(state!)[0]]),
      [
        ['prepare', true, 'terminated'],
        ['sidecar', true, 'running'],
      ],
    );
    assert.equal(await exec(pod, 'echo $COLOUR $POD_IP'), `red ${status!.podIP}\n`);
    assert.equal(await exec(pod, 'cat /etc/settings/colour /etc/one; hostname'), 'redredwhole\n');
    assert.equal(await exec(pod, 'wget -qO- http://$POD_IP:8080/file'), 'prepared\n');
    assert.match(await exec(pod, 'cat /etc/hosts'), new RegExp(`\\n${status!.podIP}\\twhole\\n`));
    assert.match(
      await exec(pod, 'cat /etc/resolv.conf'),
      /^nameserver 10\.96\.0\.10\nsearch default\.svc\.cluster\.local /,
    );
    const token = await exec(pod, 'cat /var/run/secrets/kubernetes.io/serviceaccount/token');
    assert.equal(token.split('.').length, 3);
    assert.equal(await exec(pod, 'cat /var/run/secrets/kubernetes.io/serviceaccount/namespace'), namespace);
    await untilEvent('whole', /^Started: Container started$/);

    await client.delete(pods, { namespace, name: 'whole' });
    await isGone('whole');
    await untilEvent('whole', /^Killing: Stopping container main$/);
    await eventually('nothing of it is left', async () => {
      const { sandboxes, containers } = await node.runtime.observe({ podUid: pod.metadata.uid });
      const folders = await Promise.all(['pods', 'memory'].map((name) => readdir(join(node.rootDir, name))));
      return sandboxes.length + containers.length === 0 && !folders.flat().includes(pod.metadata.uid!);
    });
  });

  it('starts again what ends, waiting longer each time, and keeps its last words', async () => {
    await create('crashing', { containers: [container('echo why > /dev/termination-log; exit 3')] });
    const pod = await until('crashing', 'backing off', ({ status }) => {
      const [one] = status?.containerStatuses ?? [];
      return one?.state?.waiting?.reason === 'CrashLoopBackOff' && one.restartCount >= 1;
    });
    const [status] = pod.status!.containerStatuses!;
    assert.equal(pod.status!.phase, 'Running');
    assert.match(
      status!.state!.waiting!.message!,
      /^back-off 10s restarting failed container=main pod=crashing_default\(/,
    );
    const { exitCode, message, reason } = status!.lastState!.terminated!;
    assert.deepEqual({ exitCode, message, reason }, { exitCode: 3, message: 'why\n', reason: 'Error' });
    await untilEvent('crashing', /^BackOff: Back-off restarting failed container main in pod crashing_default/);
    await client.delete(pods, { namespace, name: 'crashing' });
    await isGone('crashing');
  });

  it('ends pods that are done, by their restart policy', async () => {
    await Promise.all([
      create('succeeded', {
        restartPolicy: 'Never',
        containers: [container('exit 0'), container('exit 0', { name: 'other' })],
      }),
      create('failed', {
        restartPolicy: 'Never',
        containers: [container('echo oops; exit 4', { terminationMessagePolicy: 'FallbackToLogsOnError' })],
      }),
      create('retried', {
        restartPolicy: 'OnFailure',
        containers: [
          container('test -e /state/ran && exit 0; touch /state/ran; exit 1', {
            volumeMounts: [{ name: 'state', mountPath: '/state' }],
          }),
        ],
        volumes: [{ name: 'state', emptyDir: {} }],
      }),
    ]);
    const succeeded = await until('succeeded', 'done', ({ status }) => status?.phase === 'Succeeded');
    assert.equal(succeeded.status!.conditions!.find(({ type }) => type === 'Ready')!.reason, 'PodCompleted');
    const failed = await until('failed', 'done', ({ status }) => status?.phase === 'Failed');
    assert.equal(failed.status!.containerStatuses![0]!.state!.terminated!.message, 'oops\n');
    const retried = await until('retried', 'done', ({ status }) => status?.phase === 'Succeeded');
    assert.equal(retried.status!.containerStatuses![0]!.restartCount, 1);
    await eventually('their sandboxes are gone, their containers stay for their logs', async () => {
      const { sandboxes, containers } = await node.runtime.observe({ podUid: succeeded.metadata.uid });
      return sandboxes.length === 0 && containers.length === 2;
    });
    for (const name of ['succeeded', 'failed', 'retried']) {
      await client.delete(pods, { namespace, name });
      await isGone(name);
    }
  });

  it('follows probes', async () => {
    await create('probed', {
      containers: [
        container(`touch /ready /alive; ${forever}`, {
          startupProbe: { exec: { command: ['test', '-e', '/alive'] }, periodSeconds: 1, failureThreshold: 30 },
          readinessProbe: { exec: { command: ['test', '-e', '/ready'] }, periodSeconds: 1, failureThreshold: 1 },
          livenessProbe: { exec: { command: ['test', '-e', '/alive'] }, periodSeconds: 1, failureThreshold: 1 },
        }),
      ],
    });
    const ready = await until('probed', 'ready', isReady);
    await exec(ready, 'rm /ready');
    const unready = await until('probed', 'not ready', (pod) => !isReady(pod));
    assert.equal(unready.status!.containerStatuses![0]!.restartCount, 0);
    assert.match(
      unready.status!.conditions!.find(({ type }) => type === 'Ready')!.message!,
      /unready status: \[main\]/,
    );
    await exec(unready, 'rm /alive');
    const restarted = await until(
      'probed',
      'restarted',
      (pod) => pod.status?.containerStatuses?.[0]?.restartCount === 1 && isReady(pod),
    );
    assert.notEqual(idOf(restarted), idOf(ready));
    await untilEvent('probed', /^Unhealthy: Readiness probe failed: /);
    await untilEvent('probed', /^Killing: Container main failed liveness probe, will be restarted$/);
    await client.delete(pods, { namespace, name: 'probed' });
    await isGone('probed');
  });

  it('runs hooks, and kills what does not stop in its time', async () => {
    await create('hooked', {
      terminationGracePeriodSeconds: 1,
      containers: [
        container('trap "" TERM; while :; do sleep 0.1; done', {
          lifecycle: {
            postStart: { exec: { command: ['sh', '-c', 'echo started > /state/post'] } },
            preStop: { exec: { command: ['sh', '-c', 'echo stopping > /host/pre'] } },
          },
          volumeMounts: [
            { name: 'state', mountPath: '/state' },
            { name: 'host', mountPath: '/host' },
          ],
        }),
      ],
      volumes: [
        { name: 'state', emptyDir: {} },
        { name: 'host', hostPath: { path: join(folder, 'host'), type: 'DirectoryOrCreate' } },
      ],
    });
    const pod = await until('hooked', 'ready', isReady);
    assert.equal(await exec(pod, 'cat /state/post'), 'started\n');
    await client.delete(pods, { namespace, name: 'hooked' });
    await isGone('hooked');
    assert.deepEqual(await readdir(join(folder, 'host')), ['pre']);
  });

  it('hurries when a deletion is made shorter', async () => {
    await create('stubborn', {
      terminationGracePeriodSeconds: 3600,
      containers: [container('trap "" TERM; while :; do sleep 0.1; done')],
    });
    const pod = await until('stubborn', 'ready', isReady);
    await client.delete(pods, { namespace, name: 'stubborn' });
    await until('stubborn', 'terminating', ({ metadata }) => metadata.deletionTimestamp);
    await client.delete(pods, { namespace, name: 'stubborn' }, { gracePeriodSeconds: 0 });
    await isGone('stubborn');
    await eventually('its containers are gone', async () => {
      const { containers, sandboxes } = await node.runtime.observe({ podUid: pod.metadata.uid });
      return containers.length + sandboxes.length === 0;
    });
  });

  it('says why a pod does not start, and starts it once it can', async () => {
    await create('waiting', {
      containers: [
        container(forever, { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'late', key: 'a' } } }] }),
      ],
    });
    await create('no-image', {
      containers: [container('true', { image: 'k8ts-test/none:1', imagePullPolicy: 'Never' })],
    });
    await create('no-volume', {
      containers: [container(forever, { volumeMounts: [{ name: 'v', mountPath: '/v' }] })],
      volumes: [{ name: 'v', configMap: { name: 'late' } }],
    });
    await create('too-big', { containers: [container('true', { resources: { requests: { cpu: '4000' } } })] });

    const waiting = (reason: string) => (pod: Pod) =>
      pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === reason;
    const stuck = await until('waiting', 'misconfigured', waiting('CreateContainerConfigError'));
    assert.equal(stuck.status!.containerStatuses![0]!.state!.waiting!.message, 'configmap "late" not found');
    await until('no-image', 'no image', waiting('ErrImageNeverPull'));
    await untilEvent(
      'no-volume',
      /^FailedMount: MountVolume\.SetUp failed for volume "v" : configmap "late" not found$/,
    );
    const refused = await until('too-big', 'refused', ({ status }) => status?.phase === 'Failed');
    assert.equal(refused.status!.reason, 'OutOfcpu');
    assert.match(
      refused.status!.message!,
      /^Pod was rejected: Node didn't have enough resource: cpu, requested: 4000000, /,
    );

    await client.create(configMaps, { metadata: { name: 'late', namespace }, data: { a: '1' } });
    await Promise.all(['waiting', 'no-volume'].map((name) => until(name, 'ready', isReady)));
    await Promise.all(
      ['waiting', 'no-image', 'no-volume', 'too-big'].map(async (name) => {
        await client.delete(pods, { namespace, name });
        await isGone(name);
      }),
    );
  });

  it('ends a pod at its deadline', async () => {
    await create('late', { activeDeadlineSeconds: 1, containers: [container(forever)] });
    const pod = await until('late', 'failed', ({ status }) => status?.phase === 'Failed');
    assert.equal(pod.status!.reason, 'DeadlineExceeded');
    await eventually('nothing of it runs', async () => {
      const { containers } = await node.runtime.observe({ podUid: pod.metadata.uid });
      return containers.every(({ state }) => state === 'exited');
    });
    await client.delete(pods, { namespace, name: 'late' });
    await isGone('late');
  });

  it('starts an ephemeral container beside the others', async () => {
    await create('debugged', { containers: [container(forever)] });
    const pod = await until('debugged', 'ready', isReady);
    await client.patch(
      pods,
      { namespace, name: 'debugged' },
      {
        type: 'strategic',
        body: {
          spec: { ephemeralContainers: [{ name: 'debugger', image: busyboxImage, command: ['sh', '-c', forever] }] },
        },
      },
      { subresource: 'ephemeralcontainers' },
    );
    const debugged = await until(
      'debugged',
      'debugger runs',
      ({ status }) => status?.ephemeralContainerStatuses?.[0]?.state?.running,
    );
    assert.equal(idOf(debugged), idOf(pod));
    await client.delete(pods, { namespace, name: 'debugged' });
    await isGone('debugged');
  });

  it('makes a new sandbox when the old one dies', async () => {
    await create('resettled', { containers: [container(forever)] });
    const pod = await until('resettled', 'ready', isReady);
    const { sandboxes } = await node.runtime.observe({ podUid: pod.metadata.uid });
    await node.runtime.stopContainer(sandboxes[0]!.id, { gracePeriodSeconds: 0 });
    await until('resettled', 'ready again', (next) => isReady(next) && idOf(next) !== idOf(pod));
    await untilEvent('resettled', /^Started: /);
    await client.delete(pods, { namespace, name: 'resettled' });
    await isGone('resettled');
  });

  describe('static pods', () => {
    const file = (): string => join(node.rootDir, 'manifests', 'web.yaml');
    const mirrorName = (): string => `web-${node.nodeName}`;
    const write = (script: string): Promise<void> =>
      writeFile(
        file(),
        toYaml({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: 'web', labels: { tier: 'node' } },
          spec: { terminationGracePeriodSeconds: 2, containers: [container(script)] },
        }),
      );

    it('run from files and show up as mirrors', async () => {
      await write(forever);
      const mirror = await until(mirrorName(), 'ready', isReady).catch((error: unknown) => {
        throw error;
      });
      assert.equal(mirror.metadata.annotations!['kubernetes.io/config.source'], 'file');
      assert.equal(
        mirror.metadata.annotations!['kubernetes.io/config.mirror'],
        mirror.metadata.annotations!['kubernetes.io/config.hash'],
      );
      assert.equal(mirror.metadata.ownerReferences?.[0]?.name, node.nodeName);
      assert.equal(mirror.metadata.labels?.tier, 'node');
    });

    it('get a new mirror when theirs is deleted, and run on', async () => {
      const mirror = await get(mirrorName());
      await client.delete(pods, { namespace, name: mirrorName() });
      const again = await until(
        mirrorName(),
        'mirrored again',
        (pod) => pod.metadata.uid !== mirror.metadata.uid && isReady(pod),
      );
      assert.equal(idOf(again), idOf(mirror));
    });

    it('are replaced when their file changes, and end with it', async () => {
      const mirror = await get(mirrorName());
      await write(`: changed; ${forever}`);
      const changed = await until(mirrorName(), 'replaced', (pod) => isReady(pod) && idOf(pod) !== idOf(mirror));
      assert.notEqual(
        changed.metadata.annotations!['kubernetes.io/config.hash'],
        mirror.metadata.annotations!['kubernetes.io/config.hash'],
      );
      await rm(file());
      await isGone(mirrorName());
      await eventually('its containers are gone', async () => {
        const { containers } = await node.runtime.observe();
        return containers.every(({ labels }) => labels['io.kubernetes.pod.name'] !== mirrorName());
      });
    });
  });

  it('takes over what runs when it starts again, and clears away what is not wanted any more', async () => {
    const names = ['kept', 'dropped', 'died'];
    for (const name of names)
      await create(name, { containers: [container(forever, { readinessProbe: { exec: { command: ['true'] } } })] });
    const [kept, dropped, died] = await Promise.all(names.map((name) => until(name, 'ready', isReady)));
    await running.stop();

    await client.delete(pods, { namespace, name: 'dropped' }, { gracePeriodSeconds: 0 });
    await isGone('dropped');
    await node.runtime.stopContainer(idOf(died!), { gracePeriodSeconds: 0 });
    const beforeStart = node.lines().length;
    running = await node.start();

    await until('died', 'restarted', (pod) => isReady(pod) && pod.status!.containerStatuses![0]!.restartCount === 1);
    await eventually('the dropped pod is cleared away', async () => {
      const { containers, sandboxes } = await node.runtime.observe({ podUid: dropped!.metadata.uid });
      return containers.length + sandboxes.length === 0;
    });
    const now = await get('kept');
    assert.equal(idOf(now), idOf(kept!));
    assert.equal(now.status!.containerStatuses![0]!.restartCount, 0);
    assert.ok(isReady(now));
    assert.deepEqual(
      node
        .lines()
        .slice(beforeStart)
        .filter(({ level }) => level === 'error')
        .map(({ message }) => message),
      [],
    );
    for (const name of ['kept', 'died']) {
      await client.delete(pods, { namespace, name });
      await isGone(name);
    }
  });
});
