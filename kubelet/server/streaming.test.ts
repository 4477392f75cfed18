import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, before, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { systemClock } from '../../component/clock.ts';
import { silentLogger } from '../../component/logger.ts';
import { containerSpec } from '../../test/support/container-spec.ts';
import { eventually } from '../../test/support/eventually.ts';
import { ensureBusyboxImage } from '../../test/support/images.ts';
import { connectSpdy, type SpdyClient, type SpdyClientStream } from '../../test/support/spdy-client.ts';
import { startUpgradeServer, type UpgradeServer } from '../../test/support/upgrade-server.ts';
import type { ContainerRuntime, ExecOptions } from '../runtime/container-runtime.ts';
import { createDockerRuntime } from '../runtime/docker-runtime/docker-runtime.ts';
import { createStreamingHandlers } from './streaming.ts';

/** Serves on TCP from inside the pod what it is sent; and waits for nobody otherwise. */
const script = 'trap "exit 0" TERM; httpd -p 8080 -h /; while :; do sleep 0.1; done';

describe('streams of a container', () => {
  const stop = new AbortController();
  const { signal } = stop;
  let runtime: ContainerRuntime;
  let server: UpgradeServer | undefined;
  let sandboxId: string;
  let containerId: string;
  let attached: string;
  let address: string;

  before(async function () {
    this.timeout(60_000);
    const deps = { clock: systemClock, log: silentLogger };
    const image = await ensureBusyboxImage();
    runtime = createDockerRuntime({ instance: `test-${randomUUID()}` }, deps);
    ({ id: sandboxId } = await runtime.createSandbox(
      {
        podNamespace: 'default',
        podName: 'web',
        podUid: randomUUID(),
        attempt: 0,
        hostname: 'web',
        hostNetwork: false,
        hostPid: false,
        hostIpc: false,
        dns: { servers: [], searches: [], options: [] },
        portMappings: [],
        sysctls: {},
        labels: {},
      },
      signal,
    ));
    const start = async (name: string, command: string[], stdin: boolean): Promise<string> => {
      const id = await runtime.createContainer(sandboxId, containerSpec({ name, image, command, stdin }), signal);
      await runtime.startContainer(id, signal);
      return id;
    };
    containerId = await start('main', ['sh', '-c', script], false);
    attached = await start('attached', ['cat'], true);

    const handlers = createStreamingHandlers(deps);
    server = await startUpgradeServer((upgrade) => {
      const { request, socket } = upgrade;
      const { pathname, searchParams } = new URL(request.url!, 'http://kubelet');
      const isOn = (name: string): boolean => searchParams.get(name) === '1';
      const options: ExecOptions = {
        command: searchParams.getAll('command'),
        stdin: isOn('input'),
        stdout: isOn('output'),
        stderr: isOn('error'),
        tty: isOn('tty'),
      };
      const gone = new AbortController();
      socket.once('close', () => gone.abort(new Error('the client has gone')));
      if (pathname === '/exec') void handlers.exec(upgrade, { runtime, containerId }, options, gone.signal);
      else if (pathname === '/attach')
        void handlers.attach(upgrade, { runtime, containerId: attached }, options, gone.signal);
      else void handlers.portForward(upgrade, { runtime, sandboxId }, gone.signal);
    });
    ({ address } = server);
  });
  after(async function () {
    this.timeout(60_000);
    server?.close();
    const { sandboxes, containers } = await runtime.observe();
    await Promise.all(containers.map(({ id }) => runtime.removeContainer(id)));
    await Promise.all(sandboxes.map(({ id }) => runtime.removeSandbox(id)));
    stop.abort(new Error('the test is over'));
  });

  const pathOf = (verb: string, command: readonly string[], streams: readonly string[]): string =>
    `${verb}?${new URLSearchParams([...streams.map((name) => [name, '1']), ...command.map((word) => ['command', word])])}`;
  const names = { input: 'stdin', output: 'stdout', error: 'stderr' } as const;

  /** What a session said on each stream, by either protocol. */
  interface Session {
    write(data: Buffer): Promise<void>;
    /** The end of the standard input. */
    end(): void;
    readonly output: () => Buffer;
    readonly errors: () => Buffer;
    /** Resolves with the status once it is over. */
    readonly over: Promise<{ readonly status: string; readonly message?: string; readonly details?: unknown }>;
    leave(): void;
  }

  const bySpdy = async (path: string, streams: readonly (keyof typeof names)[]): Promise<Session> => {
    const client: SpdyClient = await connectSpdy(`http://${address}/${path}`, { protocols: ['v4.channel.k8s.io'] });
    const of: Partial<Record<string, SpdyClientStream>> = { error: await client.open({ streamType: 'error' }) };
    for (const name of streams) of[names[name]] = await client.open({ streamType: names[name] });
    const read = (stream: SpdyClientStream | undefined): Buffer => Buffer.concat(stream?.received ?? []);
    return {
      write: (data) => of['stdin']!.write(data),
      end: () => of['stdin']!.end(),
      output: () => read(of['stdout']),
      errors: () => read(of['stderr']),
      over: of['error']!.ended.then(async () => {
        await of['stdout']?.ended;
        client.transport.end();
        return JSON.parse(read(of['error']).toString()) as Awaited<Session['over']>;
      }),
      leave: () => client.transport.destroy(),
    };
  };

  const byWebSocket = async (path: string): Promise<Session> => {
    const socket = new WebSocket(`ws://${address}/${path}`, ['v5.channel.k8s.io']);
    const received: Buffer[][] = [[], [], [], []];
    socket.on('message', (data: Buffer) => received[data[0]!]!.push(data.subarray(1)));
    const closed = once(socket, 'close');
    await once(socket, 'open');
    return {
      write: (data) => new Promise((resolve) => socket.send(Buffer.concat([Buffer.from([0]), data]), () => resolve())),
      end: () => socket.send(Buffer.from([255, 0])),
      output: () => Buffer.concat(received[1]!),
      errors: () => Buffer.concat(received[2]!),
      over: closed.then(() => JSON.parse(Buffer.concat(received[3]!).toString()) as Awaited<Session['over']>),
      leave: () => socket.terminate(),
    };
  };

  for (const [protocol, open] of [
    ['SPDY', bySpdy],
    ['WebSocket', byWebSocket],
  ] as const)
    describe(`by ${protocol}`, () => {
      const exec = (command: readonly string[], streams: (keyof typeof names)[]): Promise<Session> =>
        open(pathOf('exec', command, streams), streams);

      it('exec keeps outputs apart and tells the exit code', async () => {
        const session = await exec(['sh', '-c', 'echo out; echo err >&2; exit 3'], ['output', 'error']);
        const { status, message, details } = await session.over;
        assert.deepEqual([session.output().toString(), session.errors().toString()], ['out\n', 'err\n']);
        assert.deepEqual(
          [status, message, details],
          [
            'Failure',
            'command terminated with non-zero exit code: exit status 3',
            { causes: [{ reason: 'ExitCode', message: '3' }] },
          ],
        );
      });

      it('exec carries five megabytes in and out', async () => {
        const session = await exec(['cat'], ['input', 'output']);
        for (let i = 0; i < 100; i++) await session.write(Buffer.alloc(50_000, i));
        session.end();
        assert.equal((await session.over).status, 'Success');
        const output = session.output();
        assert.equal(output.length, 5_000_000);
        for (let i = 0; i < 100; i++) assert.equal(output[i * 50_000 + 49_999], i);
      });

      it('exec ends what it started when the client leaves', async () => {
        const session = await exec(['sleep', protocol === 'SPDY' ? '1111' : '2222'], ['output']);
        const running = async (): Promise<boolean> => {
          const list = await exec(['ps'], ['output']);
          await list.over;
          return list.output().includes(protocol === 'SPDY' ? 'sleep 1111' : 'sleep 2222');
        };
        await eventually('the command runs', running);
        session.leave();
        await eventually('the command is gone', async () => !(await running()));
      });

      it('attach joins a process that runs, and leaves it running', async () => {
        const session = await open(pathOf('attach', [], ['input', 'output']), ['input', 'output']);
        await session.write(Buffer.from(`hello by ${protocol}\n`));
        await eventually('the answer', () => session.output().includes(`hello by ${protocol}`));
        session.leave();
        assert.equal((await runtime.inspectContainer(attached))?.state, 'running');
      });
    });

  it('port-forward reaches a server in the pod, and says where there is none', async () => {
    const client = await connectSpdy(`http://${address}/portForward`, { protocols: ['portforward.k8s.io'] });
    const forward = async (port: number, requestID: string) => {
      const error = await client.open({ streamType: 'error', port: String(port), requestID });
      return { error, data: await client.open({ streamType: 'data', port: String(port), requestID }) };
    };
    const good = await forward(8080, '0');
    await good.data.write('GET /etc/passwd HTTP/1.0\r\n\r\n');
    good.data.end();
    await good.data.ended;
    assert.match(Buffer.concat(good.data.received).toString(), /^HTTP\/1\.[01] 200 [^]*root:x:0/);
    const bad = await forward(7999, '1');
    await bad.error.ended;
    assert.match(
      Buffer.concat(bad.error.received).toString(),
      /an error occurred forwarding port 7999: .*ECONNREFUSED/,
    );
    client.transport.destroy();
  });
});
