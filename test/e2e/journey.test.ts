import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { eventually } from '../support/eventually.ts';
import { createTestCluster, freePorts, type TestCluster } from './support/cluster.ts';
import { busyboxImage, ensureTestImages, toolsImage, webImage, webImage2 } from './support/images.ts';
import { createKubectl, findKubectl, type Kubectl } from './support/kubectl.ts';
import { run, start } from './support/run.ts';

const kubectlFile = findKubectl();
const namespace = 'journey';

if (!kubectlFile)
  console.log(
    'There is no kubectl on this machine ($KUBECTL, PATH): npm-client-journey.test.ts makes the same journey.',
  );
else describe('a journey with kubectl', journey);

/** What a person does with a new cluster, in order: later steps stand on earlier ones. */
function journey(this: Mocha.Suite): void {
  this.timeout(180_000);
  let cluster: TestCluster;
  let kubectl: Kubectl;
  const k = (...args: string[]) => kubectl(['-n', namespace, ...args]);
  const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await k(...args, '-o', 'json')).stdout) as T;
  let clusterIP = '';

  before(async function () {
    cluster = await createTestCluster(110);
    await ensureTestImages();
    await cluster.up();
    kubectl = createKubectl(cluster.kubeconfig, kubectlFile!);
    await kubectl(['create', 'namespace', namespace]);
  });
  after(async () => cluster?.destroy());

  it('shows the node Ready', async () => {
    const { stdout } = await kubectl(['get', 'nodes']);
    assert.match(stdout, new RegExp(`${cluster.nodeName} +Ready `));
  });

  it('creates a deployment and waits for its rollout', async () => {
    await k('create', 'deployment', 'web', `--image=${webImage}`, '--port=8080');
    const { stdout } = await k('rollout', 'status', 'deployment/web', '--timeout=60s');
    assert.match(stdout, /successfully rolled out/);
  });

  it('exposes it and scales it: three pods, each with an address of its own', async () => {
    await k('expose', 'deployment', 'web', '--port=80', '--target-port=8080');
    await k('scale', 'deployment', 'web', '--replicas=3');
    await k('rollout', 'status', 'deployment/web', '--timeout=60s');
    const { items } = await json<{ items: { status: { podIP: string; phase: string } }[] }>(
      'get',
      'pods',
      '-l',
      'app=web',
    );
    assert.equal(new Set(items.map((pod) => pod.status.podIP)).size, 3);
    const { stdout } = await k('get', 'pods', '-o', 'wide');
    for (const { status } of items) assert.ok(stdout.includes(status.podIP), stdout);
  });

  it('reaches all three at the ClusterIP from the host', async () => {
    clusterIP = (await json<{ spec: { clusterIP: string } }>('get', 'service', 'web')).spec.clusterIP;
    const hosts = new Set<string>();
    await eventually('all three pods have answered', async () => {
      hosts.add(await answeringHost(`http://${clusterIP}/`));
      return hosts.size === 3;
    });
  });

  it('reaches all three by DNS name from another pod', async () => {
    await k('run', 'client', `--image=${toolsImage}`, '--restart=Never');
    await k('wait', '--for=condition=Ready', 'pod/client', '--timeout=60s');
    const hosts = new Set<string>();
    const fetchFromPod = async (url: string): Promise<string> => {
      const script = `fetch(${JSON.stringify(url)}, { headers: { connection: 'close' } }).then((r) => r.json()).then((a) => console.log(a.host))`;
      return (await k('exec', 'client', '--', 'node', '-e', script)).stdout.trim();
    };
    await eventually('all three pods have answered', async () => {
      hosts.add(await fetchFromPod(`http://web.${namespace}.svc.cluster.local/`));
      return hosts.size === 3;
    });
    assert.ok(hosts.has(await fetchFromPod('http://web/')));
  });

  it('shows logs', async () => {
    const { stdout } = await k('logs', 'deployment/web');
    assert.match(stdout, /listening on 8080, version 1/);
  });

  it('runs commands in a container, with a terminal too, and passes on their exit code', async () => {
    const piped = await kubectl(
      ['-n', namespace, 'exec', '-i', 'client', '--', 'sh', '-c', 'read line; echo "got $line"; echo bad >&2; exit 3'],
      {
        input: 'hello\n',
        mayFail: true,
      },
    );
    assert.deepEqual([piped.stdout, piped.code], ['got hello\n', 3]);
    assert.match(piped.stderr, /^bad/);
    // `script` gives kubectl the terminal that -t asks for.
    const command = [
      kubectlFile!,
      '--kubeconfig',
      cluster.kubeconfig,
      '-n',
      namespace,
      'exec',
      '-it',
      'client',
      '--',
      'sh',
      '-c',
      "'tty; echo done'",
    ];
    const terminal = await run('script', ['-qec', command.join(' '), '/dev/null']);
    assert.match(terminal.stdout, /\/dev\/(pts\/\d+|console)[\s\S]*done/);
  });

  it('forwards a port', async () => {
    const [port] = await freePorts(1);
    const forward = start(kubectlFile!, [
      '--kubeconfig',
      cluster.kubeconfig,
      '-n',
      namespace,
      'port-forward',
      'deployment/web',
      `${port}:8080`,
    ]);
    try {
      await eventually('the forwarded port answers', async () =>
        (await answeringHost(`http://127.0.0.1:${port}/`)).startsWith('web-'),
      );
    } finally {
      await forward.stop();
    }
  });

  it('replaces a deleted pod', async () => {
    const before = (await k('get', 'pods', '-l', 'app=web', '-o', 'name')).stdout.trim().split('\n');
    await k('delete', before[0]!, '--wait=true');
    await eventually('three pods are ready again, one of them new', async () => {
      const { items } = await json<{
        items: { metadata: { name: string }; status: { conditions: { type: string; status: string }[] } }[];
      }>('get', 'pods', '-l', 'app=web');
      const ready = items.filter((pod) => pod.status.conditions.some((c) => c.type === 'Ready' && c.status === 'True'));
      return ready.length === 3 && ready.some((pod) => !before.includes(`pod/${pod.metadata.name}`));
    });
  });

  it('rolls out a new image and rolls it back', async () => {
    await k('set', 'image', 'deployment/web', `web=${webImage2}`);
    await k('rollout', 'status', 'deployment/web', '--timeout=90s');
    await eventually('version 2 answers', async () => (await get(`http://${clusterIP}/`)).includes('"version":"2"'));
    const { stdout } = await k('rollout', 'history', 'deployment/web');
    assert.match(stdout, /\n1 .*\n2 /);
    await k('rollout', 'undo', 'deployment/web');
    await k('rollout', 'status', 'deployment/web', '--timeout=90s');
    const { items } = await json<{
      items: { spec: { containers: { image: string }[] }; metadata: { deletionTimestamp?: string } }[];
    }>('get', 'pods', '-l', 'app=web');
    const live = items.filter((pod) => !pod.metadata.deletionTimestamp);
    assert.deepEqual(new Set(live.map((pod) => pod.spec.containers[0]!.image)), new Set([webImage]));
  });

  it('applies a file of several documents, on the client and on the server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'k8ts-apply-'));
    const file = join(folder, 'all.yaml');
    writeFileSync(file, manifest('one'));
    try {
      assert.match(
        (await k('apply', '-f', file)).stdout,
        /configmap\/settings created\ndeployment.apps\/reader created\n/,
      );
      assert.match(
        (await k('apply', '-f', file)).stdout,
        /configmap\/settings unchanged\ndeployment.apps\/reader unchanged\n/,
      );
      writeFileSync(file, manifest('two'));
      assert.match(
        (await k('diff', '-f', file).catch((error: Error) => ({ stdout: error.message }))).stdout,
        /-\s+greeting: one\n\+\s+greeting: two/,
      );
      assert.match(
        (await k('apply', '-f', file)).stdout,
        /configmap\/settings configured\ndeployment.apps\/reader unchanged\n/,
      );
      assert.match(
        (await k('apply', '--server-side', '--force-conflicts', '-f', file)).stdout,
        /configmap\/settings serverside-applied\ndeployment.apps\/reader serverside-applied\n/,
      );
      await k('rollout', 'restart', 'deployment/reader');
      await k('rollout', 'status', 'deployment/reader', '--timeout=60s');
      await k('wait', '--for=condition=Available', 'deployment/reader', '--timeout=60s');
      const { stdout } = await k(
        'exec',
        'deployment/reader',
        '--',
        'sh',
        '-c',
        'cat /config/greeting; echo " $GREETING"',
      );
      assert.equal(stdout, 'two two\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('describes, explains and prints', async () => {
    assert.match(
      (await k('describe', 'deployment', 'web')).stdout,
      /Replicas: +3 desired \| 3 updated \| 3 total \| 3 available \| 0 unavailable/,
    );
    assert.match(
      (await k('describe', 'pod', 'client')).stdout,
      /Normal +Started .*kubelet +(Container started|Started container client)/,
    );
    assert.match((await kubectl(['describe', 'node', cluster.nodeName])).stdout, /Ready +True/);
    assert.match(
      (await kubectl(['explain', 'pod.spec'])).stdout,
      /containers\s+<\[\]Container> -required-\n\s+List of containers/,
    );
    assert.match((await k('get', 'service', 'web', '-o', 'yaml')).stdout, /^apiVersion: v1\nkind: Service\nmetadata:/);
    assert.match((await kubectl(['api-resources'])).stdout, /deployments +deploy +apps\/v1 +true +Deployment/);
  });

  it('edits', async () => {
    await kubectl(['-n', namespace, 'edit', 'configmap', 'settings'], {
      env: { KUBE_EDITOR: "sed -i 's/greeting: two/greeting: edited/'" },
    });
    assert.equal((await json<{ data: { greeting: string } }>('get', 'configmap', 'settings')).data.greeting, 'edited');
  });

  it('runs a job to its end', async () => {
    await k('create', 'job', 'sum', `--image=${busyboxImage}`, '--', 'sh', '-c', 'echo $((40 + 2))');
    await k('wait', '--for=condition=Complete', 'job/sum', '--timeout=60s');
    assert.equal((await k('logs', 'job/sum')).stdout, '42\n');
  });

  it('restarts a container that is killed, with back-off, and counts it', async () => {
    const pod = await json<{ status: { containerStatuses: { containerID: string }[] } }>('get', 'pod', 'client');
    assert.equal(pod.status.containerStatuses.length, 1);
    const [name] = (await k('get', 'pods', '-l', 'app=web', '-o', 'jsonpath={.items[0].metadata.name}')).stdout.split(
      ' ',
    );
    const containerOf = async (): Promise<{ containerID: string; restartCount: number; ready: boolean }> =>
      (
        await json<{ status: { containerStatuses: { containerID: string; restartCount: number; ready: boolean }[] } }>(
          'get',
          'pod',
          name!,
        )
      ).status.containerStatuses[0]!;
    const first = await containerOf();
    await run('docker', ['kill', first.containerID.replace('docker://', '')]);
    const second = await eventually('the container runs again', async () => {
      const now = await containerOf();
      return now.restartCount === 1 && now.ready && now.containerID !== first.containerID ? now : undefined;
    });
    await run('docker', ['kill', second.containerID.replace('docker://', '')]);
    await eventually('a second death waits out a back-off', async () =>
      (await k('get', 'pod', name!)).stdout.includes('CrashLoopBackOff'),
    );
    await eventually(
      'and it runs once more',
      async () => (await containerOf()).restartCount === 2 && (await containerOf()).ready,
    );
  });

  for (const component of [
    'kube-scheduler',
    'kube-controller-manager',
    'kube-apiserver',
    'etcd',
    'kubelet',
    'kube-proxy',
  ]) {
    it(`survives kill -9 of ${component}: it is started again and the service never stops answering`, async () => {
      // A pod without a readiness probe is ready a moment before its server listens: begin when all of them answer.
      await eventually('the service answers twenty times in a row', async () => {
        for (let i = 0; i < 20; i++) await get(`http://${clusterIP}/`);
        return true;
      });
      const pid = cluster.pidOf(component);
      let failures = 0;
      let answers = 0;
      const stop = new AbortController();
      const asking = (async () => {
        while (!stop.signal.aborted) {
          await get(`http://${clusterIP}/`).then(
            () => (answers += 1),
            () => (failures += 1),
          );
        }
      })();
      process.kill(pid, 'SIGKILL');
      await eventually(`${component} is ready again`, async () => {
        const { stdout } = await cluster.k8ts(['status', '-o', 'json'], { mayFail: true });
        const { components } = JSON.parse(stdout) as {
          components: { name: string; state: string; pid: number; restarts: number }[];
        };
        const now = components.find((c) => c.name === component)!;
        return now.state === 'ready' && now.pid !== pid && now.restarts >= 1;
      });
      await k('get', 'pods');
      stop.abort();
      await asking;
      assert.ok(answers > 0);
      assert.equal(failures, 0);
    });
  }

  it('still does its work after that: scales down and up', async () => {
    await k('scale', 'deployment', 'web', '--replicas=1');
    await eventually(
      'one pod is left',
      async () => (await k('get', 'pods', '-l', 'app=web', '-o', 'name')).stdout.trim().split('\n').length === 1,
    );
    await k('scale', 'deployment', 'web', '--replicas=2');
    await k('rollout', 'status', 'deployment/web', '--timeout=60s');
  });

  it('keeps all objects over a stop of the whole cluster, and runs the pods again', async () => {
    const before = await json<{ items: { metadata: { name: string; uid: string } }[] }>(
      'get',
      'configmaps,deployments,services',
    );
    await cluster.down();
    await assert.rejects(get(`http://${clusterIP}/`));
    await cluster.up();
    const later = await json<typeof before>('get', 'configmaps,deployments,services');
    assert.deepEqual(
      later.items.map((o) => o.metadata.uid),
      before.items.map((o) => o.metadata.uid),
    );
    await eventually('the service answers again', async () =>
      (await get(`http://${clusterIP}/`)).includes('"version":"1"'),
    );
    await k('rollout', 'status', 'deployment/web', '--timeout=60s');
  });

  it('empties a namespace and lets it go', async () => {
    await kubectl(['delete', 'namespace', namespace, '--timeout=120s']);
    const { stderr } = await kubectl(['get', 'namespace', namespace], { mayFail: true });
    assert.match(stderr, /NotFound/);
  });
}

async function get(url: string): Promise<string> {
  // A new connection each time: kube-proxy chooses an endpoint a connection.
  const { stdout } = await run('curl', ['-sS', '--fail', '--max-time', '5', url]);
  return stdout;
}

async function answeringHost(url: string): Promise<string> {
  return (JSON.parse(await get(url)) as { host: string }).host;
}

function manifest(greeting: string): string {
  return `
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  greeting: ${greeting}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: reader
spec:
  replicas: 1
  selector:
    matchLabels: { app: reader }
  template:
    metadata:
      labels: { app: reader }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: reader
          image: ${busyboxImage}
          command: [sh, -c, 'while [ ! -s /config/greeting ]; do sleep 0.1; done; sleep 3600']
          env:
            - name: GREETING
              valueFrom: { configMapKeyRef: { name: settings, key: greeting } }
          volumeMounts:
            - { name: config, mountPath: /config }
      volumes:
        - name: config
          configMap: { name: settings }
`;
}
