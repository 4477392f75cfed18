import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { V1Pod } from '@kubernetes/client-node';
import { after, before, describe, it } from 'mocha';
import { componentNames, type ComponentName } from '../../deploy/cluster-config.ts';
import { componentCommands, type ComponentCommand } from '../../deploy/component-commands.ts';
import { readClusterConfig } from '../../deploy/resolve-cluster.ts';
import { findProgram } from '../../deploy/setup/run-command.ts';
import type { ClusterStatus } from '../../deploy/status.ts';
import { eventually } from '../support/eventually.ts';
import { createTestCluster, freePorts, type TestCluster } from './support/cluster.ts';
import { containersOf, iptablesOf, mountsOf, processesOf } from './support/host.ts';
import { answeringPod } from './support/http-get.ts';
import { busyboxImage, ensureTestImages } from './support/images.ts';
import { createNodeClient, type NodeClient } from './support/node-client.ts';
import { run, start } from './support/run.ts';
import { isReady, podOf, rolledOut, webDeployment, webService } from './support/workloads.ts';

const launcher = fileURLToPath(new URL('../../bin/k8ts.mjs', import.meta.url));
const namespace = 'default';

async function statusOf(cluster: TestCluster): Promise<ClusterStatus> {
  const { stdout } = await cluster.k8ts(['status', '-o', 'json'], { mayFail: true });
  return JSON.parse(stdout) as ClusterStatus;
}

async function pidsOf(cluster: TestCluster): Promise<Record<string, number | undefined>> {
  const { components } = await statusOf(cluster);
  return Object.fromEntries(components.map(({ name, pid }) => [name, pid]));
}

function commandsOf(cluster: TestCluster, components: readonly ComponentName[] = componentNames): ComponentCommand[] {
  return componentCommands({ ...readClusterConfig(cluster.dataDir)!, components });
}

function chainPrefixOf(cluster: TestCluster): string {
  const flag = '--iptables-chain-prefix=';
  return commandsOf(cluster, ['kube-proxy'])[0]!
    .args.find((arg) => arg.startsWith(flag))!
    .slice(flag.length);
}

/** Everything of a cluster on this host but its files. */
async function tracesOf(cluster: TestCluster, chainPrefix: string): Promise<Record<string, readonly unknown[]>> {
  return {
    processes: processesOf(cluster.dataDir),
    containers: await containersOf(cluster.dataDir),
    mounts: mountsOf(cluster.dataDir),
    chains: await iptablesOf(chainPrefix),
  };
}

const nothing = { processes: [], containers: [], mounts: [], chains: [] };

/** Steps in the life of a cluster, in order: later ones stand on earlier ones. */
describe('k8ts up, status, logs and down', function () {
  this.timeout(120_000);
  let cluster: TestCluster;
  let other: TestCluster;
  let client: NodeClient;
  let serviceUrl = '';

  const podNamed = (name: string): Promise<V1Pod> => client.core.readNamespacedPod({ namespace, name });
  const podRuns = (name: string): Promise<boolean> =>
    eventually(`pod ${name} is ready`, async () => isReady(await podNamed(name)));
  const serve = async (on: NodeClient): Promise<string> => {
    await on.apps.createNamespacedDeployment({ namespace, body: webDeployment('web') });
    const service = await on.core.createNamespacedService({ namespace, body: webService('web') });
    await rolledOut(on.apps, namespace, 'web');
    const url = `http://${service.spec!.clusterIP}/`;
    await eventually('kube-proxy has heard of the service', () => answeringPod(url));
    return url;
  };
  const webPodOf = async (on: NodeClient): Promise<string> =>
    (await on.core.listNamespacedPod({ namespace, labelSelector: 'app=web' })).items[0]!.metadata!.name!;

  before(async () => {
    await ensureTestImages();
    cluster = await createTestCluster(112);
    other = await createTestCluster(113);
  });
  after(async () => {
    await Promise.all([cluster?.destroy(), other?.destroy()]);
  });

  it('says so where there is no cluster yet', async () => {
    for (const command of ['status', 'down']) {
      const { code, stderr } = await cluster.k8ts([command], { mayFail: true });
      assert.equal(code, 1);
      assert.match(stderr, /^error: there is no cluster in .*\n$/);
    }
  });

  it('refuses in one line to start where somebody has a port, or a name is not a component', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      const taken = await cluster.up([`--apiserver-port=${port}`]).then(
        () => [],
        (error: Error) => error.message.split('\n').filter((line) => line.startsWith('error: ')),
      );
      assert.equal(taken.length, 1);
      assert.match(
        taken[0]!,
        new RegExp(
          `^error: port ${port}, which kube-apiserver needs, is taken: choose another with --apiserver-port, or `,
        ),
      );
    } finally {
      server.close();
    }
    const unknown = await cluster.k8ts(['up', '--no-setup', '--only=apiserver'], { mayFail: true });
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /^error: there is no component "apiserver": choose from etcd, kube-apiserver, .*\n$/);
    assert.deepEqual(processesOf(cluster.dataDir), []);
  });

  it('starts only what is asked for', async () => {
    await cluster.up(['--no-addons', '--only', 'etcd,kube-apiserver']);
    const { supervised, components } = await statusOf(cluster);
    assert.ok(supervised);
    assert.deepEqual(
      components.map(({ name, state, restarts }) => [name, state, restarts]),
      [
        ['etcd', 'ready', 0],
        ['kube-apiserver', 'ready', 0],
      ],
    );
    client = createNodeClient(cluster.kubeconfig);
    assert.deepEqual((await client.core.listNode()).items, []);
  });

  it('adds components to a running cluster; without a scheduler a pod stays Pending', async () => {
    const old = await pidsOf(cluster);
    await cluster.up(['--no-addons', '--without', 'kube-scheduler']);
    const now = await pidsOf(cluster);
    assert.deepEqual(
      Object.keys(now),
      componentNames.filter((name) => name !== 'kube-scheduler'),
    );
    assert.deepEqual([now['etcd'], now['kube-apiserver']], [old['etcd'], old['kube-apiserver']]);
    await client.core.createNamespacedPod({ namespace, body: podOf('unplaced', busyboxImage, { command: sleep }) });
    const placed = podOf('placed', busyboxImage, { command: sleep, nodeName: cluster.nodeName });
    await client.core.createNamespacedPod({ namespace, body: placed });
    await podRuns('placed');
    const { spec, status } = await podNamed('unplaced');
    assert.deepEqual([spec?.nodeName, status?.phase], [undefined, 'Pending']);
  });

  it('adds the scheduler, which finds the waiting pod', async () => {
    await cluster.up(['--no-addons']);
    await podRuns('unplaced');
    serviceUrl = await serve(client);
    assert.equal(await answeringPod(serviceUrl), await webPodOf(client));
  });

  it('changes nothing when it is brought up again, and refuses other flags for what runs', async () => {
    const old = await pidsOf(cluster);
    await cluster.up(['--no-addons']);
    assert.deepEqual(await pidsOf(cluster), old);
    const { code, stderr } = await cluster.k8ts(['up', '--no-setup', '--cluster-domain=other.test'], { mayFail: true });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^error: kube-apiserver runs already, without --service-account-issuer=.*k8ts down --data-dir/,
    );
    assert.deepEqual(await pidsOf(cluster), old);
  });

  it('shows the state as a table, and the end of a log', async () => {
    const { stdout, code } = await cluster.k8ts(['status']);
    assert.equal(code, 0);
    assert.match(stdout, /^COMPONENT +STATE +PID +RESTARTS +UP +NOTE\netcd +ready +\d+ +0 +\d+[ms]/);
    const logs = await cluster.k8ts(['logs', 'kube-controller-manager', '--tail', '2']);
    assert.equal(logs.stdout.trim().split('\n').length, 2);
    assert.ok(cluster.log('kube-controller-manager').includes(logs.stdout));
  });

  it('runs beside another cluster: neither notices when the other comes and goes', async () => {
    const stop = new AbortController();
    const failures: unknown[] = [];
    const answers = new Set<string>();
    const asking = (async () => {
      while (!stop.signal.aborted)
        await answeringPod(serviceUrl).then(
          (pod) => answers.add(pod),
          (error: unknown) => failures.push(error),
        );
    })();
    const chains = chainPrefixOf(cluster);
    const before = await tracesOf(cluster, chains);
    assert.ok(Object.values(before).every((traces) => traces.length > 0));
    try {
      await other.up(['--no-addons']);
      const otherClient = createNodeClient(other.kubeconfig);
      const otherUrl = await serve(otherClient);
      const otherPod = await webPodOf(otherClient);
      assert.equal(await answeringPod(otherUrl), otherPod);
      const otherChains = chainPrefixOf(other);
      assert.ok(Object.values(await tracesOf(other, otherChains)).every((traces) => traces.length > 0));
      await other.k8ts(['down', '--purge']);
      assert.deepEqual(await tracesOf(other, otherChains), nothing);
      assert.ok(!existsSync(other.dataDir));
      assert.deepEqual(await tracesOf(cluster, chains), before);
    } finally {
      stop.abort();
      await asking;
    }
    assert.deepEqual(failures, []);
    assert.deepEqual([...answers], [await webPodOf(client)]);
  });

  it('works on when its supervisor is killed, and the next up takes the processes over', async () => {
    const old = await pidsOf(cluster);
    process.kill(cluster.pidOf('supervisor'), 'SIGKILL');
    await eventually('the supervisor is gone', async () => !(await statusOf(cluster)).supervised);
    const alone = await statusOf(cluster);
    assert.ok(alone.components.every(({ state }) => state === 'ready'));
    assert.equal(await answeringPod(serviceUrl), await webPodOf(client));
    await cluster.up(['--no-addons']);
    assert.ok((await statusOf(cluster)).supervised);
    assert.deepEqual(await pidsOf(cluster), old);
    // What it took over it also starts again.
    process.kill(old['kube-scheduler']!, 'SIGKILL');
    await eventually('the scheduler runs again', async () => {
      const scheduler = (await statusOf(cluster)).components.find(({ name }) => name === 'kube-scheduler')!;
      return scheduler.state === 'ready' && scheduler.pid !== old['kube-scheduler'] && scheduler.restarts === 1;
    });
  });

  it('leaves nothing but its data when it is taken down, and can be taken down twice', async () => {
    const chains = chainPrefixOf(cluster);
    for (let i = 0; i < 2; i++) {
      await cluster.down();
      assert.deepEqual(await tracesOf(cluster, chains), nothing);
    }
    assert.ok(existsSync(join(cluster.dataDir, 'etcd')));
    const { components, supervised } = await statusOf(cluster);
    assert.ok(!supervised && components.every(({ state }) => state === 'down'));
  });

  it('its components can be started by hand in any order, wait for each other, and stop with exit code 0', async () => {
    const running = new Map<ComponentName, ReturnType<typeof start>>();
    const launch = (names: readonly ComponentName[]): void => {
      for (const { name, file, args, env } of commandsOf(cluster, names)) running.set(name, start(file, args, env));
    };
    try {
      launch(['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy']);
      for (const [name, { output }] of running)
        await eventually(`${name} says that the API server does not answer`, () => /ECONNREFUSED/.test(output()));
      launch(['etcd', 'kube-apiserver']);
      await eventually('the API server has answered', () => podNamed('unplaced'));
      // Not the pods of before, which the kubelet runs again: a new one needs them all.
      await client.core.createNamespacedPod({ namespace, body: podOf('late', busyboxImage, { command: sleep }) });
      await podRuns('late');
      await eventually(
        'the service answers',
        async () => (await answeringPod(serviceUrl)) === (await webPodOf(client)),
      );
      const codes: (readonly [string, number | null])[] = [];
      for (const name of componentNames.toReversed()) {
        const { child, stop } = running.get(name)!;
        assert.equal(child.exitCode, null, `${name} has ended by itself`);
        await stop();
        codes.push([name, child.exitCode]);
        running.delete(name);
      }
      // etcd ends by the signal itself.
      assert.deepEqual(
        codes,
        componentNames.toReversed().map((name) => [name, name === 'etcd' ? null : 0]),
      );
    } finally {
      for (const { stop } of running.values()) await stop();
      for (const { file, args } of commandsOf(cluster, ['kubelet', 'kube-proxy']))
        await run(file, [...args, '--cleanup']);
    }
    assert.deepEqual(await tracesOf(cluster, chainPrefixOf(cluster)), nothing);
  });

  it('removes the data when it is asked to', async () => {
    await cluster.k8ts(['down', '--purge']);
    assert.ok(!existsSync(cluster.dataDir));
  });
});

describe('components by their command lines', function () {
  this.timeout(60_000);

  for (const name of [...componentNames.filter((component) => component !== 'etcd'), 'cluster-dns']) {
    it(`${name} refuses a flag it does not know`, async () => {
      const { code, stdout, stderr } = await run(process.execPath, [launcher, name, '--no-such-flag=1'], {
        mayFail: true,
      });
      assert.deepEqual(
        { code, stdout, stderr },
        { code: 1, stdout: '', stderr: 'error: unknown flag: --no-such-flag\n' },
      );
    });
  }

  it('kube-apiserver alone waits for etcd, says so, then serves who brings a token', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'k8ts-apiserver-'));
    const at = (file: string): string => join(folder, file);
    const [port, etcdPort, etcdPeerPort] = await freePorts(3);
    writeFileSync(at('tokens.csv'), 'secret,somebody,1,"system:masters"\n');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(at('sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
    const server = start(process.execPath, [
      launcher,
      'kube-apiserver',
      `--etcd-servers=http://127.0.0.1:${etcdPort}`,
      `--secure-port=${port}`,
      `--cert-dir=${at('certs')}`,
      `--token-auth-file=${at('tokens.csv')}`,
      '--service-cluster-ip-range=10.96.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-signing-key-file=${at('sa.key')}`,
      `--service-account-key-file=${at('sa.key')}`,
      '--authorization-mode=Node,RBAC',
      '--allow-privileged=true',
    ]);
    let etcd: ReturnType<typeof start> | undefined;
    const nodesWith = (headers: Record<string, string>) =>
      httpsGet(`https://127.0.0.1:${port}/api/v1/nodes`, readFileSync(at('certs/apiserver.crt')), headers);
    try {
      await eventually(
        'it says twice that etcd does not answer',
        () => server.output().split('ECONNREFUSED').length > 2,
      );
      assert.equal(server.child.exitCode, null);
      const urls = { client: `http://127.0.0.1:${etcdPort}`, peer: `http://127.0.0.1:${etcdPeerPort}` };
      etcd = start(
        findProgram('etcd')!,
        [
          `--data-dir=${at('etcd')}`,
          `--listen-client-urls=${urls.client}`,
          `--advertise-client-urls=${urls.client}`,
          `--listen-peer-urls=${urls.peer}`,
          `--initial-advertise-peer-urls=${urls.peer}`,
          `--initial-cluster=default=${urls.peer}`,
        ],
        process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {},
      );
      const { body } = await eventually('it serves', async () => {
        const answer = await nodesWith({ authorization: 'Bearer secret' });
        return answer.code === 200 && answer;
      });
      assert.match(body, /^\{"kind":"NodeList","apiVersion":"v1",/);
      assert.equal((await nodesWith({ authorization: 'Bearer wrong' })).code, 401);
      assert.equal((await nodesWith({})).code, 403);
      await server.stop();
      assert.equal(server.child.exitCode, 0);
    } finally {
      await server.stop();
      await etcd?.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

const sleep = ['sleep', '3600'];

function httpsGet(url: string, ca: Buffer, headers: Record<string, string>): Promise<{ code: number; body: string }> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false, ca, headers }, (response) => {
      text(response).then((body) => resolve({ code: response.statusCode!, body }), reject);
    })
      .on('error', reject)
      .end();
  });
}
