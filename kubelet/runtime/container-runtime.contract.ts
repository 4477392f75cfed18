import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, describe, it } from 'mocha';
import { containerSpec } from '../../test/support/container-spec.ts';
import { eventually } from '../../test/support/eventually.ts';
import type {
  ContainerRuntime,
  ContainerSpec,
  ContainerStatusInfo,
  ExecOptions,
  LogOptions,
  RuntimeEvent,
  SandboxSpec,
} from './container-runtime.ts';

export interface RuntimeUnderTest {
  readonly runtime: ContainerRuntime;
  /** Another kubelet's runtime on the same machine. */
  readonly other: ContainerRuntime;
  /** An image on the host with a shell and the usual small tools. */
  readonly image: string;
}

/** What every container runtime must do. Removes what it makes. */
export function containerRuntimeContract(name: string, setUp: () => Promise<RuntimeUnderTest>): void {
  describe(`container runtime: ${name}`, () => {
    let runtime: ContainerRuntime;
    let other: ContainerRuntime;
    let image: string;
    let folder: string;
    const stop = new AbortController();
    const { signal } = stop;

    const sandboxSpec = (more: Partial<SandboxSpec> = {}): SandboxSpec => ({
      podNamespace: 'default',
      podName: 'web',
      podUid: randomUUID(),
      attempt: 0,
      hostname: 'web',
      hostNetwork: false,
      hostPid: false,
      hostIpc: false,
      dns: {
        servers: ['10.96.0.10'],
        searches: ['default.svc.cluster.local', 'svc.cluster.local'],
        options: ['ndots:5'],
      },
      portMappings: [],
      sysctls: {},
      labels: { 'example.com/mine': 'yes' },
      ...more,
    });
    const scriptSpec = (script: string, more: Partial<ContainerSpec> = {}): ContainerSpec =>
      containerSpec({ image, command: ['sh', '-c', script], labels: { 'example.com/mine': 'yes' }, ...more });
    const run = async (sandboxId: string, script: string, more: Partial<ContainerSpec> = {}): Promise<string> => {
      const id = await runtime.createContainer(sandboxId, scriptSpec(script, more), signal);
      await runtime.startContainer(id, signal);
      return id;
    };
    const exited = (id: string): Promise<ContainerStatusInfo> =>
      eventually('the container has ended', async () => {
        const info = await runtime.inspectContainer(id);
        return info?.state === 'exited' ? info : undefined;
      });
    const logOf = async (
      id: string,
      options: Partial<LogOptions> = {},
    ): Promise<{ stdout: string; stderr: string }> => {
      const text = { stdout: '', stderr: '' };
      for await (const chunk of runtime.logs(id, { follow: false, timestamps: false, ...options }, signal)) {
        text[chunk.stream] += chunk.data.toString();
      }
      return text;
    };
    const outputOf = async (id: string, script: string): Promise<string> => {
      const session = await runtime.exec(id, execOptions(script), signal);
      const [stdout] = await Promise.all([textOf(session.stdout!), textOf(session.stderr!), session.exitCode]);
      return stdout;
    };
    const execOptions = (script: string, more: Partial<ExecOptions> = {}): ExecOptions => ({
      command: ['sh', '-c', script],
      stdin: false,
      stdout: true,
      stderr: true,
      tty: false,
      ...more,
    });
    const cleanUp = async (): Promise<void> => {
      for (const each of [runtime, other]) {
        const { sandboxes, containers } = await each.observe();
        await Promise.all(containers.map(({ id }) => each.removeContainer(id)));
        await Promise.all(sandboxes.map(({ id }) => each.removeSandbox(id)));
      }
    };

    before(async () => {
      ({ runtime, other, image } = await setUp());
      folder = await mkdtemp(join(tmpdir(), 'k8ts-runtime-'));
    });
    after(async () => {
      stop.abort();
      await cleanUp();
      await rm(folder, { recursive: true, force: true });
    });

    it('names its version with a scheme', async () => {
      assert.match(await runtime.version(), /^[a-z]+:\/\/\d+\./);
    });

    describe('one pod', () => {
      let sandboxId: string;
      let podUid: string;
      let main: string;
      const events: RuntimeEvent[] = [];

      before(async () => {
        void (async () => {
          for await (const event of runtime.events(signal)) events.push(event);
        })();
        const spec = sandboxSpec({ cgroupParent: `/kubepods-test/pod${randomUUID()}` });
        podUid = spec.podUid;
        const sandbox = await runtime.createSandbox(spec, signal);
        sandboxId = sandbox.id;
        assert.equal(sandbox.state, 'ready');
        assert.match(sandbox.ips[0]!, /^\d+\.\d+\.\d+\.\d+$/);
        await writeFile(join(folder, 'greeting'), 'from the host\n');
        main = await run(sandboxId, 'echo out; echo err >&2; trap "exit 3" TERM; while :; do sleep 0.05; done', {
          env: [{ name: 'GREETING', value: 'hello = world' }],
          mounts: [{ hostPath: folder, containerPath: '/mnt/host', readOnly: true, propagation: 'None' }],
          cgroupParent: spec.cgroupParent,
          memoryLimitBytes: 64 * 2 ** 20,
          cpuShares: 102,
          oomScoreAdj: 999,
          stdin: true,
          labels: { 'example.com/mine': 'container' },
        });
      });

      it('is observed with its labels, by this kubelet only', async () => {
        const { sandboxes, containers } = await runtime.observe({ podUid });
        assert.deepEqual(
          sandboxes.map(({ id, podName, podNamespace, attempt, state }) => ({
            id,
            podName,
            podNamespace,
            attempt,
            state,
          })),
          [{ id: sandboxId, podName: 'web', podNamespace: 'default', attempt: 0, state: 'ready' }],
        );
        assert.equal(sandboxes[0]!.labels['example.com/mine'], 'yes');
        assert.equal(sandboxes[0]!.ips.length > 0, true);
        const [container] = containers;
        assert.equal(containers.length, 1);
        assert.equal(container!.id, main);
        assert.equal(container!.sandboxId, sandboxId);
        assert.equal(container!.name, 'main');
        assert.equal(container!.podUid, podUid);
        assert.equal(container!.state, 'running');
        assert.equal(container!.finishedAtMs, 0);
        assert.ok(container!.startedAtMs > 0 && container!.pid > 0);
        assert.equal(container!.labels['example.com/mine'], 'container');
        assert.match(container!.imageId, /^[a-z-]+:\/\//);
        const others = await other.observe();
        assert.ok(others.containers.every(({ id }) => id !== main));
        assert.ok((await runtime.observe()).containers.some(({ id }) => id === main));
      });

      it('gives its containers the name, the resolver and the address of the pod', async () => {
        assert.equal(await outputOf(main, 'hostname'), 'web\n');
        assert.equal(
          await outputOf(main, 'cat /etc/resolv.conf'),
          'nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local\noptions ndots:5\n',
        );
        const { sandboxes } = await runtime.observe({ podUid });
        assert.match(
          await outputOf(main, 'ip -o -4 addr show'),
          new RegExp(sandboxes[0]!.ips[0]!.replaceAll('.', '\\.')),
        );
      });

      it('has environment, mounts and limits as asked', async () => {
        assert.equal(await outputOf(main, 'echo "$GREETING"'), 'hello = world\n');
        assert.equal(await outputOf(main, 'cat /mnt/host/greeting'), 'from the host\n');
        assert.notEqual(await outputOf(main, 'echo x > /mnt/host/new 2>&1 || echo refused'), '');
        const info = (await runtime.inspectContainer(main))!;
        assert.equal((await readFile(`/proc/${info.pid}/oom_score_adj`, 'utf8')).trim(), '999');
        assert.match(await readFile(`/proc/${info.pid}/cgroup`, 'utf8'), /kubepods.test/);
      });

      it('writes logs apart by stream, with tail and timestamps', async () => {
        await eventually('both lines', async () => {
          const { stdout, stderr } = await logOf(main);
          return stdout === 'out\n' && stderr === 'err\n';
        });
        assert.match((await logOf(main, { timestamps: true })).stdout, /^\d{4}-\d\d-\d\dT[\d:.]+Z out\n$/);
        const tail = await logOf(main, { tailLines: 0 });
        assert.equal(tail.stdout + tail.stderr, '');
        const since = await logOf(main, { sinceMs: (await runtime.inspectContainer(main))!.startedAtMs + 3_600_000 });
        assert.equal(since.stdout + since.stderr, '');
      });

      it('runs commands with exit code, both outputs, and input', async () => {
        const failing = await runtime.exec(main, execOptions('echo a; echo b >&2; exit 7'), signal);
        const [stdout, stderr, code] = await Promise.all([
          textOf(failing.stdout!),
          textOf(failing.stderr!),
          failing.exitCode,
        ]);
        assert.deepEqual({ stdout, stderr, code }, { stdout: 'a\n', stderr: 'b\n', code: 7 });

        const counting = await runtime.exec(main, execOptions('wc -c', { stdin: true }), signal);
        counting.stdin!.end(Buffer.alloc(300_000, 'x'));
        const [count] = await Promise.all([textOf(counting.stdout!), textOf(counting.stderr!)]);
        assert.equal(count.trim(), '300000');
        assert.equal(await counting.exitCode, 0);
      });

      it('carries large output through a slow reader', async () => {
        const session = await runtime.exec(main, execOptions('yes | head -c 4000000'), signal);
        session.stderr!.resume();
        let bytes = 0;
        for await (const chunk of session.stdout as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.equal(bytes, 4_000_000);
      });

      it('gives a command a terminal of the size asked for', async () => {
        const session = await runtime.exec(
          main,
          execOptions('sleep 0.2; stty size', { tty: true, stdin: true }),
          signal,
        );
        await session.resize({ columns: 91, rows: 33 });
        assert.equal((await textOf(session.stdout!)).trim(), '33 91');
        assert.equal(session.stderr, undefined);
        assert.equal(await session.exitCode, 0);
      });

      it('ends a command whose caller has gone', async () => {
        const gone = new AbortController();
        const session = await runtime.exec(main, execOptions('exec sleep 1234'), gone.signal);
        for (const stream of [session.stdout!, session.stderr!]) stream.on('error', () => {}).resume();
        await eventually('the command runs', async () => (await outputOf(main, 'ps')).includes('sleep 1234'));
        gone.abort();
        await assert.rejects(session.exitCode);
        await eventually('the command is gone', async () => !(await outputOf(main, 'ps')).includes('sleep 1234'));
      });

      it('answers 126 or 127 for a command that is not there', async () => {
        const session = await runtime.exec(main, execOptions('', { command: ['/no/such'] }), signal);
        for (const stream of [session.stdout!, session.stderr!]) stream.resume();
        assert.ok([126, 127].includes(await session.exitCode));
      });

      it('connects to ports of the pod, also on its loopback interface', async () => {
        const serve = await run(sandboxId, 'httpd -p 127.0.0.1:7001; httpd -f -p 7002', { name: 'server' });
        for (const port of [7002, 7001]) {
          const answer = await eventually('the port answers', async () => {
            const connection = await runtime.dialPort(sandboxId, port, signal);
            connection.end('GET /none HTTP/1.0\r\n\r\n');
            return textOf(connection);
          });
          assert.match(answer, /^HTTP\/1\.[01] 404/);
        }
        await assert.rejects(runtime.dialPort(sandboxId, 7999, signal), /ECONNREFUSED/);
        await runtime.removeContainer(serve);
      });

      it('counts what a container uses', async () => {
        const stats = (await runtime.stats(main))!;
        assert.ok(stats.cpuUsageNanoseconds > 0 && stats.memoryWorkingSetBytes > 0);
        assert.equal(await runtime.stats('0'.repeat(64)), undefined);
      });

      it('stops a container by its signal, and says how it ended', async () => {
        const followed = logOf(main, { follow: true });
        await runtime.stopContainer(main, { gracePeriodSeconds: 20 }, signal);
        const info = await exited(main);
        assert.equal(info.exitCode, 3);
        assert.equal(info.reason, 'Error');
        assert.ok(info.finishedAtMs >= info.startedAtMs);
        assert.equal((await followed).stdout, 'out\n');
        await runtime.stopContainer(main, { gracePeriodSeconds: 0 }, signal);
        assert.equal((await runtime.observe({ podUid })).containers.find(({ id }) => id === main)?.state, 'exited');
      });

      it('tells of all this as it happens', async () => {
        await eventually('the events', () => {
          const seen = events.filter((event) => event.podUid === podUid && event.id === main).map(({ type }) => type);
          return seen.includes('containerStarted') && seen.includes('containerDied');
        });
      });

      it('kills what does not stop in time', async () => {
        const id = await run(sandboxId, 'trap "" TERM; while :; do sleep 0.1; done', { name: 'stubborn' });
        await runtime.stopContainer(id, { gracePeriodSeconds: 0 }, signal);
        assert.equal((await exited(id)).exitCode, 137);
        await runtime.removeContainer(id);
        assert.equal(await runtime.inspectContainer(id), undefined);
        await runtime.removeContainer(id);
        await runtime.stopContainer(id, { gracePeriodSeconds: 0 });
      });

      it('reports a container that cannot start as ended', async () => {
        const id = await runtime.createContainer(sandboxId, scriptSpec('', { name: 'broken', command: ['/no/such'] }));
        await assert.rejects(runtime.startContainer(id), /no such file/);
        const info = (await runtime.inspectContainer(id))!;
        assert.equal(info.state, 'exited');
        assert.notEqual(info.exitCode, 0);
        assert.match(info.message, /no such file/);
      });

      it('reports running out of memory', async () => {
        const id = await run(sandboxId, 'head -c 100000000 /dev/zero | tail', {
          name: 'greedy',
          memoryLimitBytes: 16 * 2 ** 20,
        });
        const info = await exited(id);
        assert.equal(info.reason, 'OOMKilled');
      });

      it('keeps logs of containers when their sandbox is gone', async () => {
        const id = await run(sandboxId, 'echo last words; exec sleep 1234', { name: 'orphan' });
        await eventually('the words', async () => (await logOf(id)).stdout !== '');
        await runtime.removeSandbox(sandboxId);
        await runtime.removeSandbox(sandboxId);
        assert.equal((await exited(id)).exitCode, 137);
        assert.equal((await logOf(id)).stdout, 'last words\n');
        const { sandboxes, containers } = await runtime.observe({ podUid });
        assert.equal(sandboxes.length, 0);
        assert.ok(containers.some((container) => container.id === id));
      });
    });

    it('restarts numbering nowhere: newest attempts come first', async () => {
      const spec = sandboxSpec();
      const { id } = await runtime.createSandbox(spec, signal);
      const first = await run(id, 'true');
      await exited(first);
      const second = await run(id, 'true', { attempt: 1 });
      await exited(second);
      const { containers } = await runtime.observe({ podUid: spec.podUid });
      assert.deepEqual(
        containers.map((container) => [container.attempt, container.reason]),
        [
          [1, 'Completed'],
          [0, 'Completed'],
        ],
      );
    });

    it('knows of a dead sandbox as soon as it tells of it', async () => {
      const spec = sandboxSpec();
      const heard = new AbortController();
      const told = (async () => {
        for await (const { type, podUid } of runtime.events(heard.signal)) {
          if (podUid !== spec.podUid || type !== 'sandboxDied') continue;
          return (await runtime.observe({ podUid })).sandboxes.map(({ state }) => state);
        }
        return [];
      })();
      // Making it takes longer than beginning to listen.
      const { id } = await runtime.createSandbox(spec, signal);
      await runtime.stopContainer(id, { gracePeriodSeconds: 5 });
      assert.deepEqual(await told, ['notReady']);
      heard.abort();
    });

    it('attaches to the process of a container', async () => {
      const { id: sandboxId } = await runtime.createSandbox(sandboxSpec(), signal);
      const id = await run(sandboxId, 'while read line; do echo "got $line"; done', { stdin: true, stdinOnce: true });
      const session = await runtime.attach(id, { stdin: true, stdout: true, stderr: true, tty: false }, signal);
      session.stderr!.resume();
      session.stdin!.write('one\ntwo\n');
      session.stdin!.end();
      assert.equal(await textOf(session.stdout!), 'got one\ngot two\n');
      assert.equal(await session.exitCode, 0);
      assert.equal((await exited(id)).exitCode, 0);
    });

    it('attaches to no container that has ended', async () => {
      const { id: sandboxId } = await runtime.createSandbox(sandboxSpec(), signal);
      const id = await run(sandboxId, 'true');
      await exited(id);
      const options = { stdin: false, stdout: true, stderr: true, tty: false };
      await assert.rejects(runtime.attach(id, options, signal), /is not running/);
    });

    it('mounts the root of the host, what the runtime keeps below it and all', async () => {
      const { id: sandboxId } = await runtime.createSandbox(sandboxSpec(), signal);
      await writeFile(join(folder, 'deep'), 'on the host\n');
      const id = await run(sandboxId, 'cat "/host$0/deep"', {
        args: [folder],
        mounts: [{ hostPath: '/', containerPath: '/host', readOnly: true, propagation: 'None' }],
      });
      assert.equal((await exited(id)).exitCode, 0);
      assert.equal((await logOf(id)).stdout, 'on the host\n');
    });

    it('shares processes within a pod where asked to, and reaps its orphans', async () => {
      const { id: sandboxId } = await runtime.createSandbox(sandboxSpec(), signal);
      const id = await run(sandboxId, '(sleep 0.01 &) ; exec sleep 1234', { shareProcessNamespaceWithSandbox: true });
      await eventually('no zombies', async () => {
        const processes = await outputOf(id, 'ps -o pid,stat,args');
        return (
          /^\s*1 /m.test(processes) &&
          processes.includes('sleep 1234') &&
          !processes.includes('sleep 0.01') &&
          !/ Z /.test(processes)
        );
      });
    });

    it('puts a pod on the network of the host', async () => {
      const sandbox = await runtime.createSandbox(sandboxSpec({ hostNetwork: true }), signal);
      assert.deepEqual(sandbox.ips, []);
      const id = await run(sandbox.id, 'exec sleep 1234', { hostNetwork: true });
      const [inside, outside] = await Promise.all([
        outputOf(id, 'hostname'),
        readFile('/proc/sys/kernel/hostname', 'utf8'),
      ]);
      assert.equal(inside, outside);
      assert.match(await outputOf(id, 'cat /etc/resolv.conf'), /nameserver 10\.96\.0\.10/);
    });

    it('knows the images of the host', async () => {
      const info = (await runtime.imageStatus(image))!;
      assert.ok(info.sizeBytes > 0 && info.tags.includes(image));
      assert.ok((await runtime.listImages()).some(({ id }) => id === info.id));
      assert.equal(await runtime.imageStatus('registry.invalid/none:1'), undefined);
      await assert.rejects(runtime.pullImage('localhost:1/none:1', undefined, signal));
    });

    it('fails clearly when an image is missing', async () => {
      const { id } = await runtime.createSandbox(sandboxSpec(), signal);
      await assert.rejects(
        runtime.createContainer(id, scriptSpec('', { image: 'localhost:1/none:1' })),
        /[Nn]o such image/,
      );
    });

    it('takes over a sandbox name that a dead kubelet left', async () => {
      const spec = sandboxSpec();
      const first = await runtime.createSandbox(spec, signal);
      await assert.rejects(runtime.createSandbox(spec, signal), /in use/);
      assert.equal((await runtime.observe({ podUid: spec.podUid })).sandboxes[0]!.id, first.id);
    });
  });
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
