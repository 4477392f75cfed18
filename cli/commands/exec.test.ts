import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'mocha';
import { ApiError } from '../../api/meta/errors.ts';
import type { Status } from '../../api/schema/generated/meta-v1.ts';
import { systemClock } from '../../component/clock.ts';
import { acceptRemoteCommand, type RemoteStreams } from '../../component/streams/remote-command.ts';
import { until } from '../../test/support/until.ts';
import { createTestCli, type TestCli } from '../../test/support/run-cli.ts';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name: 'web' },
  spec: { containers: [{ name: 'main' }, { name: 'side' }] },
  status: { phase: 'Running' },
};

/** Tells the size of the client's terminal and every chunk that comes, in hexadecimal; `q` ends it with 3. */
function terminal(streams: RemoteStreams): void {
  streams.onResize(({ columns, rows }) => streams.stdout!.write(`size ${columns}x${rows}\r\n`));
  streams.stdin!.on('data', (chunk: Buffer) => {
    if (chunk.toString() === 'q') void streams.finish(exitedWith3);
    else streams.stdout!.write(`got ${chunk.toString('hex')}\r\n`);
  });
}

const exitedWith3: Status = {
  metadata: {},
  status: 'Failure',
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: '3' }] },
};

/** One pod, whose commands are: `cat`, `fail`, `hang up`, `terminal`; and its log. */
describe('k8ts exec and logs', () => {
  let server: Server;
  let cli: TestCli;
  const asked: string[] = [];
  before(async () => {
    server = createServer((request, response) => {
      asked.push(request.url!);
      if (request.url!.includes('/log?')) return response.end('line 1\nline 2\n');
      if (request.url!.endsWith('/pods/web')) return response.end(JSON.stringify(pod));
      const error = new ApiError('NotFound', 'pods "none" not found');
      return response.writeHead(404).end(JSON.stringify(error.toStatus()));
    });
    server.on('upgrade', (request, socket, head) => {
      const query = new URL(request.url!, 'http://localhost').searchParams;
      asked.push(query.toString());
      const wishes = { stdin: query.has('stdin'), stdout: true, stderr: query.has('stderr'), tty: query.has('tty') };
      void acceptRemoteCommand({ request, socket, head } as never, wishes, systemClock.after).then(async (streams) => {
        if (!streams) return;
        const [command, ...args] = query.getAll('command');
        if (command === 'cat') streams.stdout!.write(`got ${await text(streams.stdin as Readable)}`);
        if (command === 'hang') return void socket.destroy();
        if (command === 'terminal') return terminal(streams);
        streams.stderr!.write(`said ${args.join(' ')}`);
        await streams.finish(command === 'fail' ? exitedWith3 : { metadata: {}, status: 'Success' });
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cli = createTestCli({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, token: 'token' });
  });
  after(() => {
    cli.remove();
    server.close();
    server.closeAllConnections();
  });

  it('passes standard input on, and prints what the command writes', async () => {
    const run = await cli.run(['exec', '-q', '-i', 'web', '--', 'cat', '-v', 'x'], { input: 'hello' });
    assert.deepEqual(run, { code: 0, stdout: 'got hello', stderr: 'said -v x' });
    assert.match(asked.at(-1)!, /container=main&command=cat&command=-v&command=x&stdin=true&stdout=true&stderr=true/);
  });

  it("ends with the command's exit code", async () => {
    const run = await cli.run(['exec', 'pod/web', '-c', 'side', '--', 'fail']);
    assert.deepEqual([run.code, run.stderr], [3, 'said command terminated with exit code 3\n']);
    assert.match(asked.at(-1)!, /container=side&/);
  });

  it('fails where the connection ends before the command, and where there is no pod', async () => {
    const lost = await cli.run(['exec', '-q', 'web', '--', 'hang', 'up']);
    assert.deepEqual([lost.code, lost.stderr], [1, 'error: the connection ended before the command did\n']);
    const none = await cli.run(['exec', 'none', '--', 'cat']);
    assert.deepEqual([none.code, none.stderr], [1, 'Error from server (NotFound): pods "none" not found\n']);
  });

  it('hands the terminal over: its size, every key at once, Ctrl-C too; and gives it back', async () => {
    const k8ts = fileURLToPath(new URL('../../bin/k8ts.mjs', import.meta.url));
    const exec = `${process.execPath} ${k8ts} exec --kubeconfig ${cli.kubeconfig} -q -it web -- terminal`;
    const session = `stty rows 30 cols 100; ${exec}; echo code $?; stty -a | grep -ow -e -echo -e echo`;
    const script = spawn('script', ['-qfc', session, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
    try {
      let screen = '';
      script.stdout.on('data', (chunk: Buffer) => (screen += chunk.toString()));
      for (const [keys, answer] of [
        ['', 'size 100x30'],
        ['a', 'got 61'],
        ['\x03', 'got 03'],
        ['q', 'command terminated with exit code 3\r\ncode 3\r\necho\r\n'],
      ] as const) {
        script.stdin.write(keys);
        await until(() => screen.includes(answer), `${answer} in ${JSON.stringify(screen)}`);
      }
      script.stdin.end();
      await once(script, 'exit');
      assert.doesNotMatch(screen, /-echo|\^C/);
      assert.match(asked.at(-1)!, /stdin=true&stdout=true&tty=true$/);
    } finally {
      script.kill(); // of no effect once it has ended
    }
  });

  it('says what components there are where a name is neither one nor a pod', async () => {
    const none = await cli.run(['logs', 'kube-schedule']);
    assert.match(
      none.stderr,
      /^error: there is no component "kube-schedule" \(there are supervisor, etcd, kube-apiserver, .*\), nor is there a pod of that name\n$/,
    );
    const away = await cli.run(['logs', 'kube-schedule', '--server', 'http://127.0.0.1:1']);
    assert.match(
      away.stderr,
      /^error: there is no component .*, whether it is a pod cannot be asked: The connection to the server 127\.0\.0\.1:1 was refused/,
    );
    const pod = await cli.run(['logs', 'pod/none']);
    assert.equal(pod.stderr, 'Error from server (NotFound): pods "none" not found\n');
  });

  it('prints the log of a pod, of its first container where nothing is said', async () => {
    const run = await cli.run(['logs', 'web', '--tail', '2', '--since', '90s', '-p']);
    assert.deepEqual(run, {
      code: 0,
      stdout: 'line 1\nline 2\n',
      stderr: 'Defaulted container "main" out of: main, side\n',
    });
    assert.match(asked.at(-1)!, /\/pods\/web\/log\?container=main&previous=true&tailLines=2&sinceSeconds=90$/);
  });
});
